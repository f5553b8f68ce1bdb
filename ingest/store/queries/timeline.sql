-- The system identifier, and the timeline that the server writes to; it is no standby.
select
    system_identifier,
    ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint as number
from pg_control_system()
