-- Buckets as they would be if every trade moved everything, and how many did not.
select
    buckets.bucket,
    every.open,
    every.high,
    every.low,
    every.close,
    every.volume,
    every.kept_out
from unnest(%(buckets)s::timestamptz []) as buckets (bucket)
cross join lateral (
    select
        (array_agg(trade.price order by trade.ts, trade.ns, trade.seq, trade.tick_id))[1] as open,
        max(trade.price) as high,
        min(trade.price) as low,
        (array_agg(
            trade.price order by trade.ts desc, trade.ns desc, trade.seq desc, trade.tick_id desc
        ))[1] as close,
        sum(trade.size) as volume,
        count(*) filter (
            where (trade.moves >> case when %(width)s >= interval '24 hours' then 4 else 0 end) & 15
            <> 13
        ) as kept_out
    from market.segments_of(%(symbol)s) as segment
    inner join market.trades as trade
        on segment.symbol = trade.symbol
            and trade.ts >= segment.since and trade.ts < segment.until
    where trade.source = %(source)s
        and trade.ts >= buckets.bucket and trade.ts < buckets.bucket + %(width)s
) as every
where every.kept_out > 0
