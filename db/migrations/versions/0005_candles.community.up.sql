set local role stockpulse_owner;

-- include migrations/candle_relations.sql

-- include functions/ops.store_of.sql

reset role;
