-- A correction of what is not stored is stored as the tick itself: its original comes late, and
-- will be a duplicate. The order of a series stays that of the originals.
create or replace function ops.correct_ticks(amendments json) returns integer
language plpgsql
security definer
set search_path = pg_catalog
-- a plan that knows the time opens one chunk, and of the columnstore one segment
set plan_cache_mode = force_custom_plan
as $$
declare
    wanted record;
    stored market.ticks;
    changed integer := 0;
begin
    for wanted in
        select * from rows from (
            json_to_recordset(amendments) as (
                topic text, "partition" integer, "offset" bigint, action text,
                ts timestamptz, symbol text, source text, price numeric, size numeric,
                bid numeric, ask numeric, tick_id text, ord bigint
            )
        ) with ordinality order by ordinality
    loop
        continue when exists (
            select from ops.tick_corrections as cancelled
            where cancelled.action = 'cancel'
                and cancelled.ts = wanted.ts and cancelled.symbol = wanted.symbol
                and cancelled.source = wanted.source and cancelled.tick_id = wanted.tick_id
        );
        select * into stored from market.ticks as tick
        where tick.symbol = wanted.symbol and tick.ts = wanted.ts
            and tick.source = wanted.source and tick.tick_id = wanted.tick_id;
        if wanted.action = 'cancel' then
            delete from market.ticks as tick
            where tick.symbol = wanted.symbol and tick.ts = wanted.ts
                and tick.source = wanted.source and tick.tick_id = wanted.tick_id;
        elsif stored.ts is null then
            insert into market.ticks (ts, symbol, source, price, size, bid, ask, tick_id, ord)
            values (
                wanted.ts, wanted.symbol, wanted.source, wanted.price, wanted.size,
                wanted.bid, wanted.ask, wanted.tick_id, wanted.ord
            );
        else
            wanted.ord := stored.ord;
            continue when (stored.price, stored.size, stored.bid, stored.ask)
                is not distinct from (wanted.price, wanted.size, wanted.bid, wanted.ask);
            update market.ticks as tick
            set price = wanted.price, size = wanted.size, bid = wanted.bid, ask = wanted.ask
            where tick.symbol = wanted.symbol and tick.ts = wanted.ts
                and tick.source = wanted.source and tick.tick_id = wanted.tick_id;
        end if;
        insert into ops.tick_corrections (
            topic, "partition", "offset", action, ts, symbol, source, tick_id,
            old_price, old_size, old_bid, old_ask, old_ord,
            new_price, new_size, new_bid, new_ask, new_ord
        ) values (
            wanted.topic, wanted."partition", wanted."offset", wanted.action,
            wanted.ts, wanted.symbol, wanted.source, wanted.tick_id,
            stored.price, stored.size, stored.bid, stored.ask, stored.ord,
            wanted.price, wanted.size, wanted.bid, wanted.ask, wanted.ord
        );
        changed := changed + 1;
    end loop;
    return changed;
end $$;

comment on function ops.correct_ticks is
'Corrects and cancels ticks in the order given and returns how many changed; for the loader.';

revoke execute on function ops.correct_ticks from public;
grant execute on function ops.correct_ticks to stockpulse_loader;
