set local role stockpulse_owner;

-- include functions/ops.is_stale.sql

-- include functions/ops.droppable.sql

-- include functions/ops.apply_retention.sql

-- include functions/ops.apply_lifecycle.sql

-- include functions/ops.refresh_lag.sql

-- include functions/ops.candles_are_due.sql

call ops.apply_lifecycle();

reset role;
