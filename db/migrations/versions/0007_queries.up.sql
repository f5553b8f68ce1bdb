set local role stockpulse_owner;

-- include functions/market.default_source.sql

-- include functions/market.check_timeframe.sql

reset role;
