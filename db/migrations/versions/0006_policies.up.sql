set local role stockpulse_owner;

-- include functions/ops.expired.sql

-- include functions/ops.next_bucket.sql

-- include functions/ops.drop_batches.sql

-- include functions/ops.drops_in_pieces.sql

-- include functions/ops.still_settled.sql

-- include functions/ops.note_dropped.sql

-- include functions/ops.drop_in_pieces.sql

reset role;
