select
    ops.awaits_archive() as waits,
    ops.sees_archive() as is_seen,
    (select nullif(seen_at, '-infinity') from ops.archive_state) as seen_at,
    (select count(*) from ops.restored_days) as restored
