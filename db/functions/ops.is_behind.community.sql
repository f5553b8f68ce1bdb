-- Later candles than the watermark are computed when they are read; those that were due at the last
-- run of the refresher are stored all the same, if events for them have come since.
create or replace function ops.is_behind(relation text) returns boolean
language sql stable
set search_path = pg_catalog
as $$
    select exists (
        select
        from _timescaledb_catalog.continuous_agg as cagg
        left join ops.refreshed on refreshed.relation = $1
        cross join ops.candle_invalidations($1) as log
        where format('%I.%I', user_view_schema, user_view_name) = ops.relation_of($1)::text
            and greatest(log.since, ops.first_bucket($1)) < greatest(
                refreshed.until,
                _timescaledb_functions.to_timestamp(
                    _timescaledb_functions.cagg_watermark(mat_hypertable_id)
                )
            )
            -- the log keeps what is before all times that TimescaleDB knows
            and log.until > greatest(ops.first_bucket($1), '2000-01-01 00:00+00')
    )
$$;

comment on function ops.is_behind is
'Whether stored candles of a relation are behind what it is made from.';
