select bucket, open, high, low, close, volume
from market.candles_1h
where symbol = 'SYM007' and source = 'bench' and bucket >= now() - interval '365 days'
order by bucket
