drop procedure ops.flush_late_events(integer);
drop function ops.store_late_events(bigint []);
drop function ops.reject_late_events(bigint [], text, text []);
