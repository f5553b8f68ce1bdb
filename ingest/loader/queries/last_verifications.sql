-- The result of the last comparison of candles with their ticks, by kind.
select distinct on (kind)
    kind,
    mismatches
from ops.verifications
order by kind asc, id desc
