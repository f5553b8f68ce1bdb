create or replace function ops.is_moot(wanted ops.amendments) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select from ops.dead_identities as dead
        where dead.kind = wanted.kind and dead.symbol = wanted.symbol and dead.ts = wanted.ts
            and dead.source = wanted.source and dead.tick_id = wanted.tick_id
            and not dead.renamed
    )
    or exists (
        select from ops.amendments as known
        where known.symbol = wanted.symbol and known.source = wanted.source and known.ts = wanted.ts
            and known.kind = wanted.kind and known.action = wanted.action
            and (
                known.tick_id, known.amends, known.seq, known.new_price, known.new_size,
                known.new_bid, known.new_ask, known.new_bid_size, known.new_ask_size,
                known.new_side, known.new_exchange, known.new_tape, known.new_conditions
            ) is not distinct from (
                wanted.tick_id, wanted.amends, wanted.seq, wanted.new_price, wanted.new_size,
                wanted.new_bid, wanted.new_ask, wanted.new_bid_size, wanted.new_ask_size,
                wanted.new_side, wanted.new_exchange, wanted.new_tape, wanted.new_conditions
            )
    )
    or (
        (select ts from ops.cancelled_identity(wanted)) is not null
        and (select ts from ops.find_amended(wanted)) is null
    )
$$;

comment on function ops.is_moot is
'Whether an amendment came before, or names an event that was cancelled.';
