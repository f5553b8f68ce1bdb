drop function ops.dropped_until(text);
drop function ops.retention_lock();
