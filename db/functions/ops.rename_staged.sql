-- An event whose coarser twin was renamed by a correction comes under its old id.
create or replace function ops.rename_staged(kind text) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    renamed bigint;
begin
    execute format(
        $sql$
        with recursive names (symbol, source, ts, tick_id, new_tick_id) as (
            select symbol, source, applied_ts, applied_tick_id, new_tick_id
            from ops.amendments
            where kind = $1 and action = 'correct' and new_tick_id <> applied_tick_id
                and (symbol, source) in (select symbol, source from %1$I)
            union
            select names.symbol, names.source, names.ts, names.tick_id, further.new_tick_id
            from names
            inner join ops.amendments as further
                on further.symbol = names.symbol and further.source = names.source
                    and further.applied_ts = names.ts
                    and further.applied_tick_id = names.new_tick_id
            where further.kind = $1 and further.action = 'correct'
                and further.new_tick_id is not null
        )
        update %1$I as event set tick_id = names.new_tick_id
        from names
        where event.symbol = names.symbol and event.source = names.source
            and event.tick_id = names.tick_id
            and event.source in (select source from market.sources where id_scope <> 'none')
            and ops.is_cut_of(names.ts, 0, event.ts, event.ns)
            and not exists (
                select from ops.dead_identities as dead
                where dead.kind = $1 and dead.symbol = names.symbol and dead.source = names.source
                    and dead.ts = names.ts and dead.tick_id = names.new_tick_id
            )
        $sql$,
        'staging_' || kind || 's'
    ) using kind;
    get diagnostics renamed = row_count;
    return renamed > 0;
end $$;

comment on function ops.rename_staged is
'Gives staged events the ids by which corrections have renamed their coarser twins, if any.';
