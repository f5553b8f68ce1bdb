drop function ops.candles_are_due();
drop function ops.refresh_lag(interval);
drop procedure ops.apply_lifecycle();
drop procedure ops.apply_retention();
