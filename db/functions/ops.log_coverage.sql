-- Before the markers are added: a heartbeat tells of what came since the one before.
create or replace function ops.log_coverage(markers json) returns void
language sql
set search_path = pg_catalog
as $$
    insert into ops.changed_ranges (
        change, kind, symbols, source, event_kind, topic, "partition", session, since, until
    )
    select
        ops.change_id(), 'coverage', array[symbol], source, event_kind,
        topic, "partition", session,
        coalesce(since, until),
        case
            when state in ('gap', 'fill')
            then greatest(until, since + interval '1 microsecond')
            else greatest(clock_timestamp(), coalesce(since, until) + interval '1 microsecond')
        end
    from ops.read_feed_markers(markers)
    where symbol is not null and coalesce(since, until) is not null
    union all
    select
        ops.change_id(), 'coverage', null, source, null, topic, "partition", session, since, until
    from (
        select
            source,
            topic,
            "partition",
            session,
            coalesce(min(known.until), min(known.since), min(marker.until)) as since,
            case
                when bool_or(marker.state = 'end')
                then greatest(max(marker.until), clock_timestamp())
                else max(marker.until)
            end as until
        from ops.read_feed_markers(markers) as marker
        left join ops.feed_sessions as known using (source, topic, "partition", session)
        where marker.state in ('heartbeat', 'end') and marker.symbol is null
        group by 1, 2, 3, 4
    ) as sessions
    where since < until
$$;

comment on function ops.log_coverage is
'Logs the ranges whose coverage markers of feeds and complete batches may change.';

revoke execute on function ops.log_coverage from public;
