create or replace function ops.hypertable_of(relation text) returns regclass
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        (
            select format(
                '%I.%I', materialization_hypertable_schema, materialization_hypertable_name
            )
            from timescaledb_information.continuous_aggregates
            where format('%I.%I', view_schema, view_name) = ops.store_of($1)::text
        )::regclass,
        ops.store_of($1)
    )
$$;

comment on function ops.hypertable_of is
'The hypertable that holds a relation.';
