drop procedure ops.flush_late_ticks(integer);
drop function ops.store_late_ticks(bigint []);
