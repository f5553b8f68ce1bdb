-- Retention drops nothing while this session holds the lock.
select pg_advisory_lock_shared(hashtext('ops.retention_floors'))
