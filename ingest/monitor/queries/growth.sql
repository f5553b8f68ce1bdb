select
    'stockpulse_database_growth_bytes_per_day' as gauge,
    '{}'::text [] as labels,
    per_day as value
from ops.note_database_size() as size (per_day)
where per_day is not null
