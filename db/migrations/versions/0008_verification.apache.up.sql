set local role stockpulse_owner;

create function ops.pending_candles(target_level text) returns tstzmultirange
language sql stable
set search_path = pg_catalog
as $$
    with mark as (
        select watermark from ops.candle_watermarks where level = '1m'
    )
    select coalesce(range_agg(tstzrange(since, least(until, watermark))), '{}')
    from ops.candle_changes
    cross join mark
    where since < watermark and exists (select from ops.lifecycle where level = target_level)
$$;

comment on function ops.pending_candles(text) is
'Where stored candles may differ from their ticks until a refresh has come by.';

-- A backfill of years must not be made in one transaction. Single late ticks weigh nothing here,
-- so that they can never hold up the live end.
create function ops.refresh_lag(most interval default '1 day') returns interval
language sql volatile
security definer
set search_path = pg_catalog
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
    with symbols as (
        select greatest(count(*), 1) as symbol_count from market.instruments
    ),
    totals as (
        select
            since,
            $1 * symbol_count as most_of_all,
            sum((until - since) * case when symbol is null then symbol_count else 1 end)
                over (order by since) as total
        from ops.candle_changes
        cross join symbols
    ),
    bound as (
        select date_bin('1 day', min(since), '2000-01-01 00:00+00') + interval '1 day' as closed
        from totals
        where total > most_of_all
    )
    select make_interval(
        secs => greatest(0, coalesce(extract(epoch from clock_timestamp() - closed), 0))::double precision
    )
    from bound
$$;

comment on function ops.refresh_lag(interval) is
'The lag by which market.refresh_candles() makes no more than about a day of all symbols.';

revoke execute on function ops.refresh_lag(interval) from public;
grant execute on function ops.refresh_lag(interval) to stockpulse_loader;

reset role;
