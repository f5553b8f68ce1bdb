set local role stockpulse_owner;

-- include functions/ops.pending_candles.sql

-- include functions/ops.refresh_lag.sql

reset role;
