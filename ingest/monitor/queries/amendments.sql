select
    'stockpulse_amendments_waiting' as gauge,
    '{}'::text [] as labels,
    count(*)::double precision as value
from ops.amendments
where applied_at is null
