create or replace function ops.stored_until(relation text) returns timestamptz
language sql stable
set search_path = pg_catalog
as $$
    select
        _timescaledb_functions.to_timestamp(
            _timescaledb_functions.cagg_watermark(cagg.mat_hypertable_id)
        )
    from _timescaledb_catalog.continuous_agg as cagg
    inner join _timescaledb_catalog.hypertable as store on cagg.mat_hypertable_id = store.id
    where format('%I.%I', store.schema_name, store.table_name) = ops.store_of($1)::text
$$;

comment on function ops.stored_until is
'The watermark of a relation of candles: later ones are computed when they are read.';
