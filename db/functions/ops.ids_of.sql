create or replace function ops.ids_of(amendment ops.amendments, tick_ids text []) returns text []
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with recursive names (tick_id) as (
        select unnest($2) collate "C"
        union
        select applied.new_tick_id
        from names
        cross join lateral (
            select new_tick_id
            from ops.amendments
            where kind = $1.kind and action = 'correct'
                and symbol = $1.symbol and source = $1.source
                and applied_tick_id = names.tick_id
                and applied_ts between $1.ts - interval '7 days' and $1.ts + interval '1 day'
                and new_tick_id is not null
            offset 0 -- by id each: a plan for all of them would read every renamed one of the series
        ) as applied
    )
    select array_agg(tick_id) from names
$$;

comment on function ops.ids_of is
'Ids, and those under which corrections have renamed their events.';
