set local role stockpulse_owner;

-- include functions/ops.candle_invalidations.sql

-- include functions/ops.pending_candles.sql

-- include functions/ops.candle_slices.sql

-- include functions/ops.analyze_slices.sql

-- include functions/ops.sweep.sql

select add_job(
    'ops.sweep', interval '1 hour',
    initial_start => date_trunc('hour', now()) + interval '1 hour 20 minutes'
);
select add_job(
    'ops.verify_sample', interval '1 day',
    config => '{"samples": 1000}',
    initial_start => date_trunc('day', now()) + interval '1 day 4 hours'
);

reset role;
