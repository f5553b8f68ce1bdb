-- From the first trade that is stored, or the first feed, to the last trade.
with days as (
    select
        segment.symbol,
        min(candle.bucket) as first_day,
        max(candle.bucket) as last_day
    from market.segments_of(%(symbol)s) as segment
    inner join market.candles_1d as candle
        on segment.symbol = candle.symbol
            and candle.bucket >= segment.since and candle.bucket < segment.until
    where candle.source = %(source)s
    group by 1
),
ends as (
    select
        min(trade.ts) as since,
        max(trade.ts) as until
    from days
    inner join market.trades as trade
        on days.symbol = trade.symbol
            and (
                (trade.ts >= days.first_day and trade.ts < days.first_day + interval '24 hours')
                or (trade.ts >= days.last_day and trade.ts < days.last_day + interval '24 hours')
            )
    where trade.source = %(source)s
),
feed as (
    select min(since) as since
    from ops.feed_series
    where source = %(source)s and event_kind = 'trade'
        and symbol in (select segment.symbol from market.segments_of(%(symbol)s) as segment)
)
select
    feed.since,
    ends.since,
    ends.until
from ends
cross join feed
