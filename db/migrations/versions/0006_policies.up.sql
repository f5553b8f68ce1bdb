set local role stockpulse_owner;

-- include functions/ops.expired.sql

-- include functions/ops.next_bucket.sql

-- include functions/ops.drop_batches.sql

reset role;
