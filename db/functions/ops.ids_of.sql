create or replace function ops.ids_of(amendment ops.amendments, tick_ids text []) returns text []
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with recursive names (tick_id) as (
        select unnest($2) collate "C"
        union
        select applied.new_tick_id
        from names
        inner join ops.amendments as applied on names.tick_id = applied.applied_tick_id
        where applied.kind = $1.kind and applied.action = 'correct'
            and applied.symbol = $1.symbol and applied.source = $1.source
            and applied.applied_ts between $1.ts - interval '7 days' and $1.ts + interval '1 day'
            and applied.new_tick_id is not null
    )
    select array_agg(tick_id) from names
$$;

comment on function ops.ids_of is
'Ids, and those under which corrections have renamed their events.';
