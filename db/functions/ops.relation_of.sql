create or replace function ops.relation_of(level text) returns regclass
language sql stable
set search_path = pg_catalog
as $$
    select format('market.%I', case when level = 'ticks' then 'ticks' else 'candles_' || level end)::regclass
$$;

comment on function ops.relation_of is
'The relation that people read for a level.';
