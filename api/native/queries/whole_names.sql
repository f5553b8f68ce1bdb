-- Those of the texts that are the name of an instrument as a whole, commas and all.
select coalesce(array_agg(symbol), '{}')
from (
    select symbol from market.instruments where symbol = any(%(texts)s::text [])
    union
    select symbol from market.names where symbol = any(%(texts)s::text [])
) as known
