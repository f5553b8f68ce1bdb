-- What the last comparison of candles with their ticks has found, by its kind.
select distinct on (kind)
    kind,
    mismatches
from ops.verifications
order by kind asc, id desc
