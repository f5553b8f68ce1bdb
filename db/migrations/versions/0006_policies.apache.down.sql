drop function ops.candles_are_due();
drop function ops.refresh_lag(interval);
drop procedure ops.apply_lifecycle();
drop procedure ops.apply_retention();
drop function ops.droppable(text, interval, date []);
drop function ops.is_stale(text, timestamptz, timestamptz);
