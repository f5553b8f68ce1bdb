create or replace function ops.is_stale(
    child text, since timestamptz, until timestamptz
) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with span as (
        select
            _timescaledb_functions.to_unix_microseconds(since) as lowest,
            _timescaledb_functions.to_unix_microseconds(until) as highest
    ),
    source as (
        select id
        from _timescaledb_catalog.hypertable
        where format('%I.%I', schema_name, table_name) = ops.hypertable_of(child)::text
    )
    select exists (
        select
        from source
        inner join _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log as log
            on source.id = log.hypertable_id
        cross join span
        where log.lowest_modified_value < span.highest
            and log.greatest_modified_value >= span.lowest
    )
    or exists (
        select
        from source
        inner join _timescaledb_catalog.continuous_agg as cagg
            on source.id = cagg.raw_hypertable_id
        inner join ops.lifecycle -- a live level is never made from all events
            on cagg.user_view_name = lifecycle.relation and not lifecycle.live
        inner join _timescaledb_catalog.continuous_aggs_materialization_invalidation_log as log
            on cagg.mat_hypertable_id = log.materialization_id
        cross join span
        where log.lowest_modified_value < span.highest
            and log.greatest_modified_value >= span.lowest
    )
    -- what a refresh has taken from the log and not made yet, or was killed at
    or exists (
        select
        from source
        inner join _timescaledb_catalog.continuous_agg as cagg
            on source.id = cagg.raw_hypertable_id
        inner join ops.lifecycle
            on cagg.user_view_name = lifecycle.relation and not lifecycle.live
        inner join _timescaledb_catalog.continuous_aggs_materialization_ranges as taken
            on cagg.mat_hypertable_id = taken.materialization_id
        cross join span
        where taken.lowest_modified_value < span.highest
            and taken.greatest_modified_value >= span.lowest
    )
$$;

comment on function ops.is_stale is
'Whether candles made from this relation are behind it within the range.';
