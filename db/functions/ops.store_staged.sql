create or replace function ops.store_staged(
    kind text, refill boolean, out rows bigint, out messages bigint, out fresh integer []
)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    staging text := 'staging_' || kind || 's';
    has_twins boolean := refill;
begin
    if not exists (
        select from pg_class
        where oid = to_regclass('pg_temp.' || staging) and relowner = current_user::regrole
    ) then
        raise exception 'events are staged in the tables of ops.make_staging()'
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    execute format(
        $sql$
        delete from %I as event
        where exists (
            select from ops.dead_identities as dead
            where dead.kind = $1 and dead.symbol = event.symbol and dead.ts = event.ts
                and dead.source = event.source and dead.tick_id = event.tick_id
        ) or exists (
            select from ops.late_events as waiting
            where waiting.kind = $1 and waiting.symbol = event.symbol and waiting.ts = event.ts
                and waiting.source = event.source and waiting.tick_id = event.tick_id
        )
        $sql$,
        staging
    ) using kind;
    if refill then
        -- A live batch under way would not see the ranges; loaders take the lock before they begin.
        lock table ops.kafka_offsets in share row exclusive mode;
        perform ops.add_backfills(kind);
    else
        execute format(
            $sql$
            select exists (
                select from ops.backfills as range
                inner join %I as event
                    on range.symbol = event.symbol and range.source = event.source
                        and event.ts >= range.since and event.ts < range.until
            )
            $sql$,
            staging
        ) into has_twins;
    end if;
    if has_twins then
        perform ops.settle_twins(kind);
    end if;
    execute format(
        $sql$
        with added as (
            insert into market.%1$I (%2$s)
            select %2$s from %3$I order by message nulls first
            on conflict do nothing
            returning symbol, ts, source, tick_id
        ),
        firsts as (
            select symbol, ts, source, tick_id, min(message) as message
            from %3$I
            where tick_id is not null
            group by symbol, ts, source, tick_id
        )
        select count(message), count(distinct message), coalesce(array_agg(distinct message), '{}')
        from (
            select message from firsts inner join added using (symbol, ts, source, tick_id)
            union all
            select message from %3$I where tick_id is null
        ) as new_ones
        where message is not null
        $sql$,
        kind || 's', ops.event_columns(kind), staging
    ) into rows, messages, fresh;
    perform ops.apply_waiting(kind);
end $$;

comment on function ops.store_staged is
'Moves staged events to their relation; returns the number of new rows, and the messages of them.';
