-- Known are: identities that are dead, late events that wait, and the trade of a correction under
-- a new id, as the corrected original is that trade already. Where ids reach far enough an identity
-- is dead at every precision of its time.
create or replace function ops.drop_known(kind text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    execute format(
        $sql$
        delete from %I as event
        where exists (
            select from ops.dead_identities as dead
            where dead.kind = $1 and dead.symbol = event.symbol and dead.ts = event.ts
                and dead.source = event.source and dead.tick_id = event.tick_id
        ) or exists (
            select from ops.dead_identities as dead
            where dead.kind = $1 and dead.symbol = event.symbol and dead.source = event.source
                and dead.ts > event.ts - interval '1 second'
                and dead.ts < event.ts + interval '1 second'
                and dead.tick_id = event.tick_id
                and event.source in (select source from market.sources where id_scope <> 'none')
                and (
                    ops.is_cut_of(dead.ts, 0, event.ts, event.ns)
                    or ops.is_cut_of(event.ts, event.ns, dead.ts, 0)
                )
        ) or exists (
            select from ops.amendments as applied
            where applied.kind = $1 and applied.symbol = event.symbol
                and applied.source = event.source and applied.ts = event.ts
                and applied.applied_ts <> event.ts and applied.new_tick_id = event.tick_id
                and applied.action = 'correct' and applied.applied_tick_id <> event.tick_id
        ) or exists (
            select from ops.late_events as waiting
            where waiting.kind = $1 and waiting.symbol = event.symbol and waiting.ts = event.ts
                and waiting.source = event.source and waiting.tick_id = event.tick_id
        )
        $sql$,
        'staging_' || kind || 's'
    ) using kind;
end $$;

comment on function ops.drop_known is
'Leaves out staged events that are dead, wait as late ones, or are another event already.';
