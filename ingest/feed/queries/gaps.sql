-- A gap is settled once a later marker has come: what the next session sent about it is stored. One
-- that no session follows ends a while ago: a venue's history may lag behind its feed.
with gaps as (
    select
        series.source,
        series.symbol,
        series.event_kind,
        gap.since,
        gap.until,
        gap.reason,
        gap.first_id,
        gap.last_id,
        exists (
            select from ops.feed_sessions as later
            where later.source = series.source and later.until > gap.until
        ) as is_followed,
        exists (
            select from ops.open_feeds as feed
            where feed.source = series.source
        ) as is_fed
    from (
        select symbol, source, event_kind from ops.feed_series
        union
        select symbol, source, event_kind from ops.feed_fills
    ) as series
    cross join lateral market.gaps(
        series.symbol,
        series.source,
        coalesce(%(since)s::timestamptz, '-infinity'),
        coalesce(%(until)s::timestamptz, 'infinity'),
        case series.event_kind when 'trade' then 'trade' else 'mid' end
    ) as gap
    where (%(source)s::text is null or series.source = %(source)s::text)
        and (%(symbol)s::text is null or series.symbol = %(symbol)s::text)
),
bounded as (
    select
        source,
        symbol,
        event_kind,
        since,
        case when is_followed then until else least(until, now() - interval '10 seconds') end
        as until,
        reason,
        first_id,
        last_id,
        is_followed or not is_fed as is_settled
    from gaps
)
select * from bounded
where since < until
order by source, symbol, event_kind, since, until
