-- All that is set is a least or a greatest, or stands by itself: markers that come again change
-- nothing, and a marker of an unknown session is one of a session without series. Rows are written
-- in the order of their keys, so that two loaders never wait for each other in a circle.
create or replace function ops.add_feed_markers(markers json) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select ops.log_coverage(markers);

    insert into ops.feed_sessions as known (
        source, topic, "partition", session, since, until, ended_at, reason,
        first_offset, last_offset
    )
    select
        source,
        topic,
        "partition",
        session,
        min(coalesce(since, until)),
        max(until) filter (where state <> 'stop'),
        max(until) filter (where state = 'end'),
        max(reason) filter (where state = 'end'),
        min("offset"),
        max("offset")
    from ops.read_feed_markers(markers)
    where state in ('start', 'heartbeat', 'end', 'stop')
    group by 1, 2, 3, 4
    order by 1, 2, 3, 4
    on conflict on constraint feed_sessions_pkey do update
    set since = least(known.since, excluded.since),
        until = greatest(known.until, excluded.until),
        ended_at = greatest(known.ended_at, excluded.ended_at),
        reason = coalesce(excluded.reason, known.reason),
        first_offset = least(known.first_offset, excluded.first_offset),
        last_offset = greatest(known.last_offset, excluded.last_offset);

    insert into ops.feed_series (
        symbol, source, event_kind, session, topic, "partition", "offset", since
    )
    select symbol, source, event_kind, session, topic, "partition", "offset", since
    from ops.read_feed_markers(markers)
    where state = 'start'
    order by 1, 2, 3, 4, 5, 6, 7
    on conflict do nothing;

    -- a start that follows a stop is another row
    with stopped as (
        select
            known.symbol, known.source, known.event_kind, known.session,
            known.topic, known."partition", known."offset",
            min(marker.until) as until
        from ops.read_feed_markers(markers) as marker
        inner join ops.feed_series as known
            using (symbol, source, event_kind, session, topic, "partition")
        where marker.state = 'stop' and known."offset" < marker."offset"
        group by 1, 2, 3, 4, 5, 6, 7
    )
    update ops.feed_series as known
    set until = least(known.until, stopped.until)
    from stopped
    where known.symbol = stopped.symbol and known.source = stopped.source
        and known.event_kind = stopped.event_kind and known.session = stopped.session
        and known.topic = stopped.topic and known."partition" = stopped."partition"
        and known."offset" = stopped."offset"
        and (known.until is null or known.until > stopped.until);

    insert into ops.feed_gaps (
        symbol, source, event_kind, since, until, first_id, last_id, session, reason
    )
    select
        symbol, source, event_kind,
        since, greatest(until, since + interval '1 microsecond'),
        first_id, last_id, session, reason
    from ops.read_feed_markers(markers)
    where state = 'gap'
    order by 1, 2, 3, 4, 5, 6, 7
    on conflict do nothing;

    select
        ops.describe_instrument(
            symbol,
            instrument ->> 'asset_class',
            instrument ->> 'base',
            instrument ->> 'quote',
            (instrument ->> 'price_scale')::smallint,
            instrument ->> 'calendar'
        )
    from ops.read_feed_markers(markers)
    where state = 'start' and instrument is not null
    order by symbol, "offset";

    select ops.add_feed_fills(markers)
$$;

comment on function ops.add_feed_markers is
'Adds the markers of a batch, and the ranges of its complete batches, to the ledger of gaps; an
instrument in a start is described.';

revoke execute on function ops.add_feed_markers from public;
grant execute on function ops.add_feed_markers to stockpulse_loader;
