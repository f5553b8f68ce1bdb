create or replace function ops.verified_levels() returns setof ops.lifecycle
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select *
    from ops.lifecycle
    where child is not null and not live
$$;

comment on function ops.verified_levels is
'The levels of candles whose stored candles are compared with their events.';
