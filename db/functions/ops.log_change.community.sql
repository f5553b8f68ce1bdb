create or replace function ops.log_change(kind text, symbol text, ts timestamptz) returns void
language sql
set search_path = pg_catalog
as $$
    select
$$;

comment on function ops.log_change is
'Does nothing: TimescaleDB logs what changes under a continuous aggregate.';
