-- Nothing to schedule: the loader's timer does the work, and there is no columnstore.
create or replace procedure ops.apply_lifecycle()
language sql
set search_path = pg_catalog, public, pg_temp
as $$
    select set_chunk_time_interval(ops.hypertable_of(relation), chunk) from ops.lifecycle
$$;

comment on procedure ops.apply_lifecycle is
'Puts ops.lifecycle into force.';
