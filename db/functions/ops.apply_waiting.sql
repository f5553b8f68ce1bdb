-- In the order in which they came; most of the time none waits.
create or replace function ops.apply_waiting(kind text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    amendment bigint;
begin
    if not exists (select from ops.amendments as waiting where waiting.applied_at is null) then
        return;
    end if;
    for amendment in execute format(
        $sql$
        select distinct waiting.id
        from ops.amendments as waiting
        inner join %I as event
            on event.symbol = waiting.symbol and event.source = waiting.source
                and event.tick_id = any(waiting.tick_id || waiting.amends)
                and event.ts >= waiting.ts - interval '7 days'
                and event.ts <= waiting.ts + interval '1 day'
        where waiting.applied_at is null and waiting.kind = $1
        order by waiting.id
        $sql$,
        'staging_' || kind || 's'
    ) using kind
    loop
        perform ops.apply_amendment(amendment);
    end loop;
end $$;

comment on function ops.apply_waiting is
'Applies the amendments that wait for staged events.';
