-- For members of pg_monitor.
select
    'stockpulse_wal_bytes' as gauge,
    '{}'::text [] as labels,
    coalesce(sum(size), 0)::double precision as value
from pg_ls_waldir()
