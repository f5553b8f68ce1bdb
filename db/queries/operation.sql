-- The state of the database for its operator, in JSON: all series are searched for gaps, and runs
-- that failed say why.
select
    (
        market.operation_status(2147483647)::jsonb
        || jsonb_build_object('histories', ops.status_of_histories(true))
    )::text
