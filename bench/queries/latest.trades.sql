select instruments.symbol, candle.*
from market.instruments
cross join lateral (
    select ts
    from market.trades
    where
        trades.symbol = instruments.symbol
        and source = 'bench'
        and ts >= now() - interval '1 day'
    order by ts desc
    limit 1
) as newest
cross join lateral (
    select
        date_trunc('minute', newest.ts) as bucket,
        last(price, ts),
        sum(size)
    from market.trades
    where
        trades.symbol = instruments.symbol
        and source = 'bench'
        and ts >= date_trunc('minute', newest.ts)
) as candle
