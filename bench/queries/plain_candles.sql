-- The candles of trades that move everything, by the order of the aggregates.
insert into market.plain_candles (
    bucket, symbol, source, open, high, low, close, volume, notional, vwap, tick_count, has_regular
)
select
    time_bucket('1 minute', ts) as bucket,
    symbol,
    source,
    first(price, key) filter (where moves & 1 > 0),
    max(price) filter (where moves & 4 > 0),
    min(price) filter (where moves & 4 > 0),
    last(price, key) filter (where moves & 1 > 0),
    sum(size) filter (where moves & 8 > 0),
    sum(price * size) filter (where moves & 12 = 12),
    sum(price * size) filter (where moves & 12 = 12) / nullif(sum(size), 0),
    count(*) filter (where moves & 8 > 0),
    bool_or(moves & 1 > 0)
from (
    select
        *,
        timestamptz_send(ts) || int2send(ns) || int8send(seq)
        || coalesce(replace(tick_id, '\', '\\')::bytea, '\xff') as key
    from market.trades
    where ts >= %(since)s and ts < %(until)s
) as ordered
group by 1, 2, 3
