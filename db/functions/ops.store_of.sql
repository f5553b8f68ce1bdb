create or replace function ops.store_of(relation text) returns regclass
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select format('%I.%I', case when child is null then 'market' else 'ops' end, relation)::regclass
    from ops.lifecycle
    where lifecycle.relation = $1
$$;

comment on function ops.store_of is
'The relation that holds events or stored candles: a hypertable or a continuous aggregate.';
