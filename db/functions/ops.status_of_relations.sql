create or replace function ops.status_of_relations() returns json
language sql stable
set search_path = pg_catalog
as $$
    select coalesce(
        json_agg(
            json_build_object(
                'relation', relation,
                'rows', public.approximate_row_count(store),
                'chunks',
                (
                    select count(*)
                    from timescaledb_information.chunks
                    where format('%I.%I', hypertable_schema, hypertable_name)::regclass = store
                ),
                'bytes', coalesce(public.hypertable_size(store), 0)
            )
            order by "position"
        ),
        '[]'
    )
    from ops.lifecycle
    cross join lateral (select ops.hypertable_of(relation) as store) as held
$$;

comment on function ops.status_of_relations is
'Chunks and bytes of every relation of the lifecycle, its rows as the planner estimates them, as
market.operation_status() has them.';
