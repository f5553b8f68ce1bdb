-- In this form TimescaleDB makes it a constant before it plans, and opens no other chunks.
create or replace function ops.watermark_of(relation text) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select format(
        'coalesce(_timescaledb_functions.to_timestamp('
        '_timescaledb_functions.cagg_watermark(%s)), %L::timestamptz)',
        mat_hypertable_id,
        '-infinity'
    )
    from _timescaledb_catalog.continuous_agg
    where format('%I.%I', user_view_schema, user_view_name) = ops.store_of($1)::text
$$;

comment on function ops.watermark_of is
'The end of the stored candles of a relation, as SQL for a view.';
