create or replace function ops.candle_invalidations(relation text)
returns table (since timestamptz, until timestamptz)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with cagg as (
        select mat_hypertable_id, raw_hypertable_id
        from _timescaledb_catalog.continuous_agg
        where format('%I.%I', user_view_schema, user_view_name) = ops.store_of($1)::text
    ),
    logged as (
        select lowest_modified_value, greatest_modified_value
        from cagg
        inner join _timescaledb_catalog.continuous_aggs_materialization_invalidation_log as log
            on cagg.mat_hypertable_id = log.materialization_id
        union all
        -- what a refresh that was killed had taken from the log; the next one goes on with it
        select lowest_modified_value, greatest_modified_value
        from cagg
        inner join _timescaledb_catalog.continuous_aggs_materialization_ranges as taken
            on cagg.mat_hypertable_id = taken.materialization_id
        union all
        select lowest_modified_value, greatest_modified_value
        from cagg
        inner join _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log as log
            on cagg.raw_hypertable_id = log.hypertable_id
    )
    select
        _timescaledb_functions.to_timestamp(lowest_modified_value),
        case
            -- the last microsecond that timestamptz knows, after which comes none
            when greatest_modified_value >= 9223371331199999999 then 'infinity'
            else _timescaledb_functions.to_timestamp(greatest_modified_value + 1)
        end
    from logged
$$;

comment on function ops.candle_invalidations is
'Ranges in which a candle relation is behind the one it is made from, or was never made.';
