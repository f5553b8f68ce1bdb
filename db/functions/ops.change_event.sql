-- A corrected row keeps its time and its place in the order, and what the correction does not state
-- of exchange, conditions and the like. Where the new id is stored already, that row stands alone.
create or replace function ops.change_event(
    wanted ops.amendments, old_ts timestamptz, old_tick_id text, new_tick_id text
) returns jsonb
language plpgsql
set search_path = pg_catalog
set plan_cache_mode = force_custom_plan -- a plan that knows the time opens one chunk
as $$
declare
    goes boolean := new_tick_id is null or new_tick_id <> old_tick_id and exists (
        select from ops.identities(
            wanted.kind, wanted.symbol, wanted.source, array[new_tick_id],
            least(wanted.ts, old_ts), greatest(wanted.ts, old_ts)
        )
    );
    old jsonb;
begin
    if wanted.kind = 'trade' then
        select to_jsonb(event) into old from market.trades as event
        where event.symbol = wanted.symbol and event.ts = old_ts
            and event.source = wanted.source and event.tick_id = old_tick_id;
        if goes then
            delete from market.trades as event
            where event.symbol = wanted.symbol and event.ts = old_ts
                and event.source = wanted.source and event.tick_id = old_tick_id;
        else
            update market.trades as event
            set
                price = wanted.new_price,
                size = wanted.new_size,
                side = coalesce(wanted.new_side, event.side),
                tick_id = $4,
                exchange = coalesce(wanted.new_exchange, event.exchange),
                tape = coalesce(wanted.new_tape, event.tape),
                conditions = coalesce(wanted.new_conditions, event.conditions),
                rules = case
                    when wanted.new_conditions is null then event.rules else wanted.new_rules
                end,
                moves = case
                    when wanted.new_conditions is null then event.moves else wanted.new_moves
                end
            where event.symbol = wanted.symbol and event.ts = old_ts
                and event.source = wanted.source and event.tick_id = old_tick_id;
        end if;
    else
        select to_jsonb(event) into old from market.quotes as event
        where event.symbol = wanted.symbol and event.ts = old_ts
            and event.source = wanted.source and event.tick_id = old_tick_id;
        if goes then
            delete from market.quotes as event
            where event.symbol = wanted.symbol and event.ts = old_ts
                and event.source = wanted.source and event.tick_id = old_tick_id;
        else
            update market.quotes as event
            set
                bid = wanted.new_bid,
                ask = wanted.new_ask,
                bid_size = wanted.new_bid_size,
                ask_size = wanted.new_ask_size,
                tick_id = $4,
                exchange = coalesce(wanted.new_exchange, event.exchange),
                tape = coalesce(wanted.new_tape, event.tape),
                conditions = coalesce(wanted.new_conditions, event.conditions),
                moves = wanted.new_moves
            where event.symbol = wanted.symbol and event.ts = old_ts
                and event.source = wanted.source and event.tick_id = old_tick_id;
        end if;
    end if;
    return old;
end $$;

comment on function ops.change_event is
'Gives an event the values of an amendment and an id, or deletes it (null); returns what it was.';
