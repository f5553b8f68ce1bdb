select format('%s changed ranges are waiting for the refresh of %s', logged, view_name)
from (
    select
        user_view_name as view_name,
        (
            select count(*)
            from _timescaledb_catalog.continuous_aggs_materialization_invalidation_log as log
            where log.materialization_id = cagg.mat_hypertable_id
        ) + (
            select count(*)
            from _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log as log
            where log.hypertable_id = cagg.raw_hypertable_id
        ) as logged
    from _timescaledb_catalog.continuous_agg as cagg
    where user_view_schema = 'ops'
) as logs
where logged > 20000
