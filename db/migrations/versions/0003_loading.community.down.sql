drop procedure ops.flush_late_events(integer);
drop function ops.store_late_events(bigint []);
