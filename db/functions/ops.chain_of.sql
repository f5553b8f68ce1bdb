create or replace function ops.chain_of(relation text) returns text []
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with recursive chain (relation, child, depth) as (
        select lifecycle.relation, lifecycle.child, 0
        from ops.lifecycle
        where lifecycle.relation = $1
        union all
        select below.relation, below.child, chain.depth + 1
        from chain
        inner join ops.lifecycle as below on chain.child = below.relation
        where below.child is not null
    )
    select array_agg(relation order by depth)
    from (
        select relation, depth from chain
        union -- the live level is no child, but the newest events are read through it
        select live.relation, 99
        from ops.lifecycle as target
        inner join ops.lifecycle as live on target.kind = live.kind and live.live
        where target.relation = $1 and not target.live
    ) as parts
$$;

comment on function ops.chain_of is
'The relations of candles that a relation is read from, its own first, then narrower ones.';
