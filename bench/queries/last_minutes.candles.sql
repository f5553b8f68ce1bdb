select bucket, open, high, low, close, volume
from market.candles_1m
where symbol = 'SYM007' and source = 'bench' and bucket >= now() - interval '1 day'
order by bucket desc
limit 500
