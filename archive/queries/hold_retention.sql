-- Retention, which takes this lock alone, drops nothing while the transaction lasts. If it waited
-- for the lock of the offsets instead, all loaders would wait behind it.
select pg_advisory_xact_lock_shared(hashtext('ops.retention_floors'))
