-- The result of the last comparison of candles with their ticks, by kind.
select
    'stockpulse_verify_mismatches' as gauge,
    array[kind] as labels,
    mismatches::double precision as value
from (
    select distinct on (kind)
        kind,
        mismatches
    from ops.verifications
    order by kind asc, id desc
) as newest
