select price_scale
from market.instruments
where symbol = market.instrument_of(%(symbol)s)
