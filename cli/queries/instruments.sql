select
    symbol,
    asset_class,
    base,
    quote,
    price_scale,
    primary_source,
    calendar
from market.instruments
order by symbol
