create or replace function ops.status_of_feeds(most_series integer) returns json
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with gaps as materialized (
        select * from ops.recent_gaps(now() - interval '1 day', $1)
    ),
    recent_feeds as (
        select * from market.feeds() where newest_marker_at > now() - interval '1 day'
    ),
    closed as (
        select
            series.source,
            bool_and(not isempty(
                market.closed_times(
                    series.symbol, series.source, now(), now() + interval '1 second'
                )
            )) as is_closed
        from (
            -- one series of each calendar speaks for the others
            select distinct on (feed_series.source, instruments.calendar)
                feed_series.source,
                feed_series.symbol
            from ops.feed_series
            inner join recent_feeds on feed_series.source = recent_feeds.source
            left join market.instruments on feed_series.symbol = instruments.symbol
        ) as series
        group by series.source
    ),
    sources as (
        select
            source,
            market.time_json(recent.newest_event_at)::json as newest_event_at,
            coalesce(feed.open_sessions, 0) as open_sessions,
            market.time_json(feed.newest_marker_at)::json as newest_marker_at,
            coalesce(counts.gaps, 0) as gaps,
            coalesce(closed.is_closed, false) as is_closed
        from (
            select
                source,
                max(newest_event_at) as newest_event_at
            from ops.recent_series(now() - interval '7 days')
            group by source
        ) as recent
        full join recent_feeds as feed using (source)
        left join closed using (source)
        left join (select source, count(*) as gaps from gaps group by source) as counts
            using (source)
    ),
    newest_gaps as (
        select
            source,
            event_kind,
            since,
            until,
            reason,
            count(*) as series,
            min(symbol) as symbol
        from gaps
        group by source, event_kind, since, until, reason
        order by until desc, since desc, source, event_kind, reason
        limit 100
    )
    select json_build_object(
        'sources', (select coalesce(json_agg(sources order by source), '[]') from sources),
        'gaps',
        (
            select coalesce(
                json_agg(
                    json_build_object(
                        'source', source,
                        'kind', event_kind,
                        'start', market.time_json(since)::json,
                        'end', market.time_json(until)::json,
                        'reason', reason,
                        'series', series,
                        'symbol', symbol
                    )
                    order by until desc, since desc, source, event_kind, reason
                ),
                '[]'
            )
            from newest_gaps
        ),
        'left_out', coalesce((select max(left_out) from gaps), 0)
    )
$$;

comment on function ops.status_of_feeds is
'Sources of the last week with their freshness and their feeds, and the gaps of the last day, as
market.operation_status() has them.';
