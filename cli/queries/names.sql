-- A time without a limit is null.
select
    symbol,
    nullif(since, '-infinity') as since,
    nullif(until, 'infinity') as until,
    instrument
from market.names
order by names.symbol, names.since
