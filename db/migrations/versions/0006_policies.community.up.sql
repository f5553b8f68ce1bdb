set local role stockpulse_owner;

-- include functions/ops.is_stale.sql

-- include functions/ops.jobs_of.sql

-- include functions/ops.apply_lifecycle.sql

-- include functions/ops.candle_invalidations.sql

-- include functions/ops.candle_slices.sql

-- include functions/ops.analyze_slices.sql

-- include functions/ops.is_due.sql

-- include functions/ops.candles_are_due.sql

-- include functions/ops.refresh_levels.sql

-- include functions/ops.refresh_candles.sql

-- include functions/ops.apply_retention.sql

call ops.apply_lifecycle();

-- After a failure it is tried again at once: nothing else refreshes.
select alter_job(
    add_job('ops.refresh_candles', interval '3 seconds', fixed_schedule => false),
    retry_period => interval '3 seconds'
);

reset role;
