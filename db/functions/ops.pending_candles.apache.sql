-- Of minutes the log of changes for the refresh tells. The newest candles of all levels are made of
-- stored seconds, which are made anew each time for all that is logged of the open minute: what was
-- committed since then and is before their end they lack.
create or replace function ops.pending_candles(relation text) returns tstzmultirange
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with live as (
        select
            target.kind,
            mark.change,
            stored.first_stored,
            stored.watermark
        from ops.lifecycle as target
        inner join ops.lifecycle as seconds on target.kind = seconds.kind and seconds.live
        inner join ops.watermarks as stored on seconds.relation = stored.relation
        inner join ops.candle_watermarks as mark on seconds.relation = mark.relation
        where target.relation = $1 and stored.first_stored < stored.watermark
    ),
    newer as (
        select changed.since, changed.until
        from live
        inner join ops.changes as changes on live.change < changes.number
        inner join ops.changed_ranges as changed
            on changes.change = changed.change and live.kind = changed.kind || 's'
        union all
        select moment.at, moment.at + interval '1 microsecond'
        from live
        inner join ops.changes as changes on live.change < changes.number
        inner join ops.changed_events as changed
            on changes.change = changed.change and live.kind = changed.kind || 's'
        cross join unnest(array[changed.ts, changed.old_ts]) as moment (at)
    )
    select coalesce(range_agg(tstzrange(since, until)), '{}')
    from (
        select change.since, least(change.until, mark.watermark) as until
        from ops.lifecycle as target
        inner join ops.candle_changes as change on target.kind = change.kind
        inner join ops.lifecycle as lowest on target.kind = lowest.child and not lowest.live
        inner join ops.candle_watermarks as mark on lowest.relation = mark.relation
        where target.relation = $1 and change.since < mark.watermark
        union all
        select greatest(newer.since, live.first_stored), least(newer.until, live.watermark)
        from newer
        cross join live
        where newer.since < live.watermark and newer.until > live.first_stored
    ) as spans
$$;

comment on function ops.pending_candles is
'Where stored candles may differ from their events until the next refresh.';
