-- `known` are the places in the array, from 0, of those that change nothing: one that came before,
-- and one of an event that is dead.
create or replace function ops.amend(
    amendments json, out applied bigint, out waiting bigint, out known integer []
)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    wanted ops.amendments;
    amendment_id bigint;
    number integer := -1;
begin
    applied := 0;
    waiting := 0;
    known := '{}';
    -- An event that another loader is just storing must not escape it.
    lock table ops.kafka_offsets in share row exclusive mode;
    for wanted in
        select * from ops.read_amendments(amendments)
    loop
        number := number + 1;
        if ops.is_moot(wanted) then
            known := known || number;
            continue;
        end if;
        insert into ops.amendments (
            topic, "partition", "offset", batch, action, kind, symbol, source, tick_id, amends, ts,
            seq, new_price, new_size, new_bid, new_ask, new_bid_size, new_ask_size,
            new_side, new_exchange, new_tape, new_conditions, new_rules, new_moves
        ) values (
            wanted.topic, wanted."partition", wanted."offset", wanted.batch, wanted.action,
            wanted.kind, wanted.symbol, wanted.source, wanted.tick_id, wanted.amends, wanted.ts,
            wanted.seq, wanted.new_price, wanted.new_size, wanted.new_bid, wanted.new_ask,
            wanted.new_bid_size, wanted.new_ask_size, wanted.new_side, wanted.new_exchange,
            wanted.new_tape, wanted.new_conditions, wanted.new_rules, wanted.new_moves
        ) returning id into amendment_id;
        if ops.apply_amendment(amendment_id) then
            applied := applied + 1;
        else
            waiting := waiting + 1;
        end if;
    end loop;
end $$;

comment on function ops.amend is
'Corrects and cancels events in the order given; those that meet none wait for it. For the loader.';

revoke execute on function ops.amend from public;
grant execute on function ops.amend to stockpulse_loader;
