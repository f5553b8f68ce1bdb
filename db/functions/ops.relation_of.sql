create or replace function ops.relation_of(relation text) returns regclass
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select format('market.%I', relation)::regclass
$$;

comment on function ops.relation_of is
'The relation that people read.';
