set local role stockpulse_owner;

-- include functions/ops.apply_retention.sql

-- include functions/ops.is_stale.sql

-- include functions/ops.jobs_of.sql

-- include functions/ops.apply_lifecycle.sql

call ops.apply_lifecycle();

reset role;
