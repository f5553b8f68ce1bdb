create or replace function ops.store_staged(
    kind text, refill boolean, log_each boolean,
    out rows bigint, out messages bigint, out fresh integer []
)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    staging text := 'staging_' || kind || 's';
    has_twins boolean;
begin
    if not exists (
        select from pg_class
        where oid = to_regclass('pg_temp.' || staging) and relowner = current_user::regrole
    ) then
        raise exception 'events are staged in the tables of ops.make_staging()'
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    has_twins := ops.rename_staged(kind) or refill;
    perform ops.drop_known(kind);
    if refill then
        -- A live batch under way would not see the ranges; loaders take the lock before they begin.
        lock table ops.kafka_offsets in share row exclusive mode;
        perform ops.add_backfills(kind);
    elsif not has_twins then
        execute format(
            $sql$
            select exists (
                select from ops.backfills as range
                inner join %1$I as event
                    on range.symbol = event.symbol and range.source = event.source
                        and event.ts >= range.since and event.ts < range.until
            )
            or exists (select from %1$I where ns > 0) -- an identity has no nanoseconds
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
            returning symbol, ts, source, tick_id, batch
        ),
        logged as (
            insert into ops.changed_events (
                change, kind, action, symbol, source, ts, tick_id, batch
            )
            select ops.change_id(), $1, 'new', symbol, source, ts, tick_id, batch
            from added
            where $2 and not exists (
                select from ops.changed_events as known
                where known.change = (select ops.change_id()) and known.kind = $1
                    and known.batch = added.batch and known.symbol = added.symbol
                    and known.ts = added.ts and known.source = added.source
                    and known.tick_id = added.tick_id
            )
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
    ) into rows, messages, fresh
    using kind, log_each;
    perform ops.apply_waiting(kind);
end $$;

comment on function ops.store_staged is
'Moves staged events to their relation; returns the number of new rows, and the messages of them.
log_each: they are not those of the batch that this transaction stores, so each is logged.';
