-- A source is live if its feed goes on or was broken off, or, of one without markers, if its events
-- came within minutes: what was loaded from files is not missed. Where no sessions are loaded up to
-- now its silence is not known. Otherwise it counts from the opening at the earliest.
create or replace function ops.metrics_of_sources()
returns table (source text, newest_event_at timestamptz, silent interval)
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with feeds as (
        select
            feed.source,
            exists (select from ops.open_feeds where open_feeds.source = feed.source)
            or feed.reason is distinct from 'stopped' as is_live
        from (
            select distinct on (source)
                source,
                reason
            from ops.feed_sessions
            order by source asc, coalesce(until, since) desc, ended_at desc nulls last
        ) as feed
    ),
    found as (
        select
            series.source,
            max(series.newest_event_at) as ts,
            coalesce(
                bool_or(feeds.is_live),
                bool_or(series.newest_event_at > series.last_seen_at - interval '10 minutes')
            ) as is_live,
            array_agg(distinct coalesce(market.own_calendar(series.symbol, series.source), ''))
                as calendars
        from ops.recent_series(now() - interval '30 days') as series
        left join feeds on series.source = feeds.source
        group by series.source
    ),
    hours as (
        select
            found.source,
            bool_and(opened.known) as known,
            min(opened.at) as opened_at
        from found
        cross join unnest(found.calendars) as calendar
        cross join lateral ops.opened(calendar) as opened
        group by found.source
    )
    select
        found.source,
        found.ts,
        case
            when not found.is_live then null
            when hours.opened_at is not null
                then greatest(interval '0', now() - greatest(found.ts, hours.opened_at))
            when hours.known then interval '0'
        end
    from found
    inner join hours on found.source = hours.source
$$;

comment on function ops.metrics_of_sources is
'The sources of the last 30 days, the newest event of each, and how long a live one has been silent
while its market was open; null: that is not known, or it is not live.';

revoke execute on function ops.metrics_of_sources from public;
grant execute on function ops.metrics_of_sources to stockpulse_loader;
