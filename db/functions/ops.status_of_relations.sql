-- The size of a chunk waits for the lock of whoever compresses or drops it: rather none is known.
create or replace function ops.status_of_relations() returns json
language plpgsql stable
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as $$
declare
    held record;
    size bigint;
    found jsonb := '[]';
begin
    for held in
        select
            lifecycle.relation,
            ops.hypertable_of(lifecycle.relation) as store
        from ops.lifecycle
        order by lifecycle."position"
    loop
        begin
            size := coalesce(public.hypertable_size(held.store), 0);
        exception when lock_not_available then
            size := null;
        end;
        found := found || jsonb_build_object(
            'relation', held.relation,
            'rows', public.approximate_row_count(held.store),
            'chunks',
            (
                select count(*)
                from timescaledb_information.chunks
                where format('%I.%I', hypertable_schema, hypertable_name)::regclass = held.store
            ),
            'bytes', size
        );
    end loop;
    return found;
end $$;

comment on function ops.status_of_relations is
'Chunks and bytes of every relation of the lifecycle, its rows as the planner estimates them, as
market.operation_status() has them; bytes null: a chunk is locked.';
