-- Also a series whose feed was away all the time, and has no candle.
select
    symbol,
    source
from market.candles_1d
where bucket >= date_bin('1 day', %(since)s, timestamptz '2000-01-01 00:00+00')
    and bucket < %(until)s
    and split_part(source, '.', 1) = any(%(sources)s)
    and (%(source)s::text is null or source = %(source)s)
    and (%(symbol)s::text is null or symbol = %(symbol)s)
union
select
    symbol,
    source
from market.quote_candles_1d
where bucket >= date_bin('1 day', %(since)s, timestamptz '2000-01-01 00:00+00')
    and bucket < %(until)s
    and source = any(%(quote_sources)s)
    and (%(source)s::text is null or source = %(source)s)
    and (%(symbol)s::text is null or symbol = %(symbol)s)
union
select
    feed.symbol,
    feed.source
from ops.feed_series as feed
where feed.event_kind = 'trade'
    and split_part(feed.source, '.', 1) = any(%(sources)s)
    and (%(source)s::text is null or feed.source = %(source)s)
    and (%(symbol)s::text is null or feed.symbol = %(symbol)s)
    and feed.since < %(until)s
order by 2, 1
