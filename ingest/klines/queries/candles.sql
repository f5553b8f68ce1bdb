select
    bucket,
    open,
    high,
    low,
    close,
    volume
from market.candles(
    %(symbol)s, %(timeframe)s, %(since)s, %(until)s, %(source)s,
    price => %(price)s, vendor => false
)
