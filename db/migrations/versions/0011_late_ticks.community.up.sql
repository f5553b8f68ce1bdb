set local role stockpulse_owner;

-- include functions/ops.store_late_ticks.sql

-- include functions/ops.flush_late_ticks.sql

reset role;
