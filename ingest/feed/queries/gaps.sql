-- A gap is settled once a later marker has come: what the next session sent about it is stored.
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
    )
    or not exists (
        select from ops.open_feeds as feed
        where feed.source = series.source
    ) as is_settled
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
order by 1, 2, 3, 4, 5
