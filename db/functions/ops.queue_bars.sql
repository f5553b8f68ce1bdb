-- The oldest run of changed minutes that are over. What is compared is what the caller's snapshot
-- holds, so it has to be one for all statements: repeatable read. Where stored candles may lack
-- trades, bars are made from the trades, of fewer minutes at a time; so no bar waits for a refresh.
create or replace function ops.queue_bars(grace interval) returns bigint
language plpgsql
security definer
set search_path = pg_catalog, public, pg_temp
as $$
declare
    settled constant tstzmultirange := ops.settled_minutes();
    bounds tstzrange;
    first_minute timestamptz;
    stored boolean;
    part tstzmultirange;
    run tstzrange;
    queued bigint;
begin
    select tstzrange(bound.since, greatest(bound.since, bound.until)) into bounds
    from (
        select
            -- candles that were dropped are not gone
            greatest(publication.floor_ts, floors.floor_ts) as since,
            date_bin('1 minute', clock_timestamp() - grace, '2000-01-01 00:00+00') as until
        from ops.bar_publication as publication
        inner join ops.retention_floors as floors on floors.relation = 'candles_1m'
    ) as bound;
    select greatest(change.since, lower(bounds)) into first_minute
    from ops.bar_changes as change
    where tstzrange(change.since, change.until) && bounds
    order by change.since
    limit 1;
    if first_minute is null then
        return null;
    end if;
    stored := settled @> first_minute;
    part := tstzmultirange(bounds * tstzrange(
        first_minute,
        first_minute + case when stored then interval '6 hours' else interval '10 minutes' end
    ));
    part := case when stored then part * settled else part - settled end;
    select span into run
    from (
        select range_agg(tstzrange(change.since, change.until)) as spans
        from ops.bar_changes as change
        where change.since < upper(part) and change.until > lower(part)
    ) as changed, unnest(changed.spans * part) as span
    order by span
    limit 1;
    with taken as (
        delete from ops.bar_changes as change
        where change.since < upper(run) and change.until > lower(run)
        returning change.since, change.until
    )
    insert into ops.bar_changes (since, until)
    select lower(span), upper(span)
    from (
        select range_agg(tstzrange(taken.since, taken.until)) - tstzmultirange(run) as spans
        from taken
    ) as rest, unnest(rest.spans) as span;
    execute format(
        $sql$
        insert into ops.published_bars (bucket, symbol, source, revision, message, place)
        select
            bucket, symbol, source, next.revision,
            ops.bar_message(
                bucket, symbol, source, next.revision, open, high, low, close, volume, vwap,
                tick_count
            ),
            nextval('ops.bar_places')
        from (%s) as made
        full join (
            select bucket, symbol, source, revision, message
            from ops.published_bars
            where bucket >= $1 and bucket < $2
        ) as published using (bucket, symbol, source)
        cross join lateral (
            values (coalesce(published.revision, 0) + 1)
        ) as next (revision)
        where published.message is distinct from ops.bar_message(
            bucket, symbol, source, published.revision, open, high, low, close, volume, vwap,
            tick_count
        )
        order by bucket, symbol, source
        on conflict on constraint published_bars_pkey do update
        set revision = excluded.revision, message = excluded.message, place = excluded.place
        $sql$,
        case
            when stored then 'select * from ops.candles_1m where bucket >= $1 and bucket < $2'
            else ops.candle_query('candles_1m', $sql$(
                select trade.*
                from market.instruments as known
                inner join market.trades as trade on known.symbol = trade.symbol
                where trade.ts >= $1 and trade.ts < $2
            ) as trades$sql$)
        end
    ) using lower(run), upper(run);
    get diagnostics queued = row_count;
    return queued;
end $$;

comment on function ops.queue_bars is
'Queues the bars of some changed minutes and returns how many differ from those published before;
null: no minute that is over, and its grace, has changed.';

revoke execute on function ops.queue_bars from public;
grant execute on function ops.queue_bars to stockpulse_loader;
