set local role stockpulse_owner;

-- include functions/ops.pending_candles.sql

select add_job(
    'ops.verify_sample', interval '1 day',
    config => '{"samples": 1000}',
    initial_start => date_trunc('day', now()) + interval '1 day 4 hours'
);

reset role;
