set local role stockpulse_owner;

-- include functions/ops.pending_candles.sql

reset role;
