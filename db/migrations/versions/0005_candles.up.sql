set local role stockpulse_owner;

-- include functions/ops.describe_candles.sql

reset role;
