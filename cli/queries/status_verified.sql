-- The last comparison of candles with their ticks.
select
    verified_at,
    candles,
    mismatches
from ops.verifications
order by id desc
limit 1
