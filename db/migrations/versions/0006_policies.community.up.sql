set local role stockpulse_owner;

-- include functions/ops.apply_retention.sql

-- include functions/ops.is_stale.sql

-- include functions/ops.jobs_of.sql

-- include functions/ops.apply_lifecycle.sql

-- include functions/ops.candle_invalidations.sql

-- include functions/ops.candle_slices.sql

-- include functions/ops.analyze_slices.sql

-- include functions/ops.sweep.sql

call ops.apply_lifecycle();

select add_job(
    'ops.sweep', interval '1 hour',
    initial_start => date_trunc('hour', now()) + interval '1 hour 20 minutes'
);

reset role;
