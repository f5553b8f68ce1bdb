-- Facts about the server, which any login may see, and of its replicas what this one may.
select
    'stockpulse_database_is_replica' as gauge,
    '{}'::text [] as labels,
    pg_is_in_recovery()::integer::double precision as value
union all
select
    'stockpulse_database_info',
    array[
        case current_setting('timescaledb.license', true)
            when 'timescale' then 'community' else 'apache'
        end,
        (select extversion from pg_extension where extname = 'timescaledb'),
        split_part(current_setting('server_version'), ' ', 1)
    ],
    1
union all
select
    'stockpulse_slot_retained_bytes',
    array[slot_name::text, active::text],
    greatest(
        0,
        pg_wal_lsn_diff(
            case
                when pg_is_in_recovery() then pg_last_wal_replay_lsn()
                else pg_current_wal_lsn()
            end,
            restart_lsn
        )
    )
from pg_replication_slots
where restart_lsn is not null
union all
select
    'stockpulse_database_bytes',
    '{}',
    pg_database_size(current_database())
