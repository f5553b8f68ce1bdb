-- As long as this session lives, retention drops nothing.
select pg_try_advisory_lock_shared(hashtext('ops.retention_floors'))
