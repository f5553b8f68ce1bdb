set local role stockpulse_owner;

-- include functions/ops.candle_columns.sql

-- include functions/ops.candle_query.sql

-- include functions/ops.describe_candles.sql

reset role;
