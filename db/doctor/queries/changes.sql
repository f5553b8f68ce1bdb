select format('%s changed ranges are waiting for market.refresh_candles()', count(*))
from ops.candle_changes
having count(*) > 20000
