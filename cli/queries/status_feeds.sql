-- Feeds with a marker of the last day: sessions that go on, the newest marker, the day's gaps, and
-- whether the markets of all their series are closed.
with recent as (
    select
        source,
        max(coalesce(until, since)) as newest_at
    from ops.feed_sessions
    group by source
    having max(coalesce(until, since)) > now() - interval '1 day'
),
open_sessions as (
    select
        source,
        count(distinct session) as sessions
    from ops.open_feeds
    group by source
),
series as (
    select distinct
        series.source,
        series.symbol,
        series.event_kind
    from ops.feed_series as series
    inner join ops.feed_sessions as feed
        on
            series.source = feed.source
            and series.topic = feed.topic
            and series."partition" = feed."partition"
            and series.session = feed.session
    where coalesce(series.until, feed.until, feed.since) > now() - interval '1 day'
),
gaps as (
    select
        series.source,
        count(*) as gaps
    from series
    cross join lateral market.gaps(
        series.symbol,
        series.source,
        now() - interval '1 day',
        price => case series.event_kind when 'trade' then 'trade' else 'mid' end
    )
    group by series.source
),
closed as (
    select
        source,
        bool_and(
            not isempty(market.closed_times(symbol, source, now(), now() + interval '1 second'))
        ) as is_closed
    from series
    group by source
)
select
    recent.source,
    coalesce(open_sessions.sessions, 0) as sessions,
    recent.newest_at,
    coalesce(gaps.gaps, 0) as gaps,
    coalesce(closed.is_closed, false) as is_closed
from recent
left join open_sessions on recent.source = open_sessions.source
left join gaps on recent.source = gaps.source
left join closed on recent.source = closed.source
order by recent.source
