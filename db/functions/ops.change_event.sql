-- A corrected row keeps its time and its place in the order, and what the correction does not state
-- of size, exchange, conditions and the like.
create or replace function ops.change_event(
    wanted ops.amendments, old_ts timestamptz, old_tick_id text, new_tick_id text
) returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan -- a plan that knows the time opens one chunk
as $$
declare
    old jsonb;
begin
    if wanted.kind = 'trade' then
        select to_jsonb(event) into old from market.trades as event
        where event.symbol = wanted.symbol and event.ts = old_ts
            and event.source = wanted.source and event.tick_id = old_tick_id;
        if new_tick_id is null then
            perform ops.delete_event('trade', wanted.symbol, wanted.source, old_ts, old_tick_id);
        else
            update market.trades as event
            set
                price = wanted.new_price,
                size = coalesce(wanted.new_size, event.size),
                side = coalesce(wanted.new_side, event.side),
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
        if new_tick_id is null then
            perform ops.delete_event('quote', wanted.symbol, wanted.source, old_ts, old_tick_id);
        else
            update market.quotes as event
            set
                bid = wanted.new_bid,
                ask = wanted.new_ask,
                bid_size = coalesce(
                    wanted.new_bid_size, case when wanted.new_bid is not null then event.bid_size end
                ),
                ask_size = coalesce(
                    wanted.new_ask_size, case when wanted.new_ask is not null then event.ask_size end
                ),
                exchange = coalesce(wanted.new_exchange, event.exchange),
                tape = coalesce(wanted.new_tape, event.tape),
                conditions = coalesce(wanted.new_conditions, event.conditions),
                moves = wanted.new_moves
            where event.symbol = wanted.symbol and event.ts = old_ts
                and event.source = wanted.source and event.tick_id = old_tick_id;
        end if;
    end if;
    if new_tick_id <> old_tick_id then
        perform ops.rename_event(wanted, old_ts, old_tick_id, new_tick_id);
    end if;
    if new_tick_id is not null then
        perform ops.log_event(wanted.kind, old, old_ts, new_tick_id);
    end if;
    return old;
end $$;

comment on function ops.change_event is
'Gives an event the values of an amendment and an id, or deletes it (null); returns what it was.';
