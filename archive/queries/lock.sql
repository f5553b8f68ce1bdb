select pg_try_advisory_lock(hashtext('ops.archives'))
