create or replace function ops.hypertable_of(relation text) returns regclass
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select ops.store_of($1)
$$;

comment on function ops.hypertable_of is
'The hypertable that holds a relation.';
