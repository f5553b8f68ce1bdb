select instruments.symbol, candle.*
from market.instruments
cross join lateral (
    select bucket, close, volume
    from market.candles_1m
    where
        candles_1m.symbol = instruments.symbol
        and source = 'bench'
        and bucket >= now() - interval '1 day'
    order by bucket desc
    limit 1
) as candle
