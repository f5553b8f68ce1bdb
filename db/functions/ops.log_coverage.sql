-- Before the markers are added: a heartbeat tells of what came since the one before. There is one
-- per second, session and partition, so it is logged without the symbols.
create or replace function ops.log_coverage(markers json) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    insert into ops.changed_ranges (
        change, kind, symbols, source, event_kind, session, since, until
    )
    select
        ops.change_id(), 'coverage', array[symbol], source, event_kind, session,
        coalesce(since, until),
        greatest(
            case when state in ('gap', 'fill') then until else clock_timestamp() end,
            coalesce(since, until) + interval '1 microsecond'
        )
    from ops.read_feed_markers(markers)
    where symbol is not null
    union all
    select ops.change_id(), 'coverage', null, source, null, session, since, until
    from (
        select
            source,
            session,
            min(coalesce(known.until, known.since, marker.until)) as since,
            greatest(
                max(marker.until),
                case when bool_or(marker.state = 'end') then clock_timestamp() end
            ) as until
        from ops.read_feed_markers(markers) as marker
        left join ops.feed_sessions as known using (source, topic, "partition", session)
        where marker.symbol is null
        group by source, session
    ) as sessions
    where since < until
$$;

comment on function ops.log_coverage is
'Logs the ranges whose coverage markers of feeds and complete batches may change.';

revoke execute on function ops.log_coverage from public;
