create or replace function ops.store_of(level text) returns regclass
language sql stable
set search_path = pg_catalog
as $$
    select case
        when level = 'ticks' then 'market.ticks'
        else format('ops.%I', 'candles_' || level)
    end::regclass
$$;

comment on function ops.store_of is
'The hypertable that holds a level.';
