select
    'stockpulse_database_growth_bytes_per_day' as gauge,
    '{}'::text [] as labels,
    ops.note_database_size() as value
