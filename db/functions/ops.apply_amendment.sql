create or replace function ops.apply_amendment(amendment_id bigint) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    wanted ops.amendments;
    meant record;
    new_id text;
    old jsonb;
    by_amended boolean;
begin
    select * into wanted from ops.amendments where id = amendment_id;
    if wanted.applied_at is not null then
        return true;
    end if;
    select * into meant from ops.find_amended(wanted);
    if meant.ts is null then
        update ops.amendments
        set applied_at = clock_timestamp(), applied_ts = dead.ts, applied_tick_id = dead.tick_id
        from ops.cancelled_identity(wanted) as dead
        where id = amendment_id and dead.ts is not null;
        return found;
    end if;
    if wanted.action = 'correct' and exists (
        select from ops.amendments as later
        where later.kind = wanted.kind and later.symbol = wanted.symbol
            and later.source = wanted.source and later.applied_ts = meant.ts
            and later.new_tick_id = meant.tick_id and later.action = 'correct'
            and later.ts > wanted.ts
    ) then
        update ops.amendments
        set
            applied_at = clock_timestamp(),
            applied_ts = meant.ts,
            applied_tick_id = meant.tick_id,
            new_tick_id = meant.tick_id
        where id = amendment_id;
        return true;
    end if;
    by_amended := wanted.amends = '{}'
    or meant.tick_id = any(ops.ids_of(wanted, wanted.amends));
    if wanted.action = 'correct' then
        new_id := meant.tick_id;
        if wanted.amends <> '{}' and not exists (
            -- an id that the event had before does not come back
            select from ops.dead_identities as dead
            where dead.kind = wanted.kind and dead.symbol = wanted.symbol and dead.ts = meant.ts
                and dead.source = wanted.source and dead.tick_id = wanted.tick_id
        ) then
            new_id := coalesce(wanted.tick_id, new_id);
        end if;
    end if;
    if new_id <> meant.tick_id then
        -- The venue may have sent the corrected event as well, with the time of either.
        perform ops.delete_event(wanted.kind, wanted.symbol, wanted.source, place, new_id)
        from unnest(array[meant.ts, wanted.ts]) as places (place);
    end if;
    old := ops.change_event(wanted, meant.ts, meant.tick_id, new_id);
    update ops.amendments
    set
        applied_at = clock_timestamp(),
        applied_ts = meant.ts,
        applied_tick_id = meant.tick_id,
        old_price = (old ->> 'price')::numeric,
        old_size = (old ->> 'size')::numeric,
        old_bid = (old ->> 'bid')::numeric,
        old_ask = (old ->> 'ask')::numeric,
        old_bid_size = (old ->> 'bid_size')::numeric,
        old_ask_size = (old ->> 'ask_size')::numeric,
        new_tick_id = new_id
    where id = amendment_id;
    perform ops.log_change(wanted.kind, wanted.symbol, meant.ts);
    if wanted.action = 'correct' and not by_amended then
        -- The corrected event is here already, what it corrects is not: if it comes, it goes.
        insert into ops.amendments (
            topic, "partition", "offset", batch, action, kind, symbol, source, amends, ts
        ) values (
            wanted.topic, wanted."partition", wanted."offset", wanted.batch, 'cancel',
            wanted.kind, wanted.symbol, wanted.source, wanted.amends, wanted.ts
        );
    end if;
    perform ops.apply_amendment(waiting.id)
    from (
        select other.id from ops.amendments as other
        where other.applied_at is null and other.kind = wanted.kind
            and other.symbol = wanted.symbol and other.source = wanted.source
            and new_id = any(other.tick_id || other.amends) and new_id <> meant.tick_id
        order by other.id
    ) as waiting;
    return true;
end $$;

comment on function ops.apply_amendment is
'Applies an amendment to the event it means, and those that waited for its new id; false: none.';
