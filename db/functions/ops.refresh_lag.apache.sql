-- A backfill of years must not be made in one transaction. Single late ticks weigh nothing here,
-- so that they can never hold up the live end.
create or replace function ops.refresh_lag(most interval default '1 day') returns interval
language sql volatile
security definer
set search_path = pg_catalog, pg_temp
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
        secs => greatest(
            0, coalesce(extract(epoch from clock_timestamp() - closed), 0)
        )::double precision
    )
    from bound
$$;

comment on function ops.refresh_lag is
'The lag by which market.refresh_candles() makes no more than about a day of all symbols.';

revoke execute on function ops.refresh_lag from public;
grant execute on function ops.refresh_lag to stockpulse_loader;
