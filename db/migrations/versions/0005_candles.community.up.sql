set local role stockpulse_owner;

-- include functions/ops.store_of.sql

-- include migrations/candle_relations.sql

-- include functions/ops.hypertable_of.sql

-- include migrations/watermarks.sql

-- include functions/ops.watermark_of.sql

-- include functions/ops.chain_of.sql

-- include functions/ops.candle_view.sql

-- include migrations/candle_views.sql

-- include functions/ops.start_live_level.sql

reset role;
