create or replace function ops.read_amendments(amendments json) returns setof ops.amendments
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select amendment.*
    from rows from (
        json_to_recordset(amendments) as (
            topic text, "partition" integer, "offset" bigint, batch bigint, action text, kind text,
            ts timestamptz, symbol text, source text, tick_id text, amends text [], seq bigint,
            price numeric, size numeric, bid numeric, ask numeric, bid_size numeric,
            ask_size numeric, side text, exchange text, tape text, conditions text [],
            rules integer, moves smallint
        )
    ) with ordinality as wanted
    cross join lateral jsonb_populate_record(
        null::ops.amendments,
        to_jsonb(wanted) || jsonb_build_object(
            'amends', coalesce(wanted.amends, '{}'),
            'new_price', wanted.price,
            'new_size', wanted.size,
            'new_bid', wanted.bid,
            'new_ask', wanted.ask,
            'new_bid_size', wanted.bid_size,
            'new_ask_size', wanted.ask_size,
            'new_side', wanted.side,
            'new_exchange', wanted.exchange,
            'new_tape', wanted.tape,
            'new_conditions', wanted.conditions,
            'new_rules', wanted.rules,
            'new_moves', wanted.moves
        )
    ) as amendment
    order by ordinality
$$;

comment on function ops.read_amendments is
'Amendments as the loader writes them: the columns of an event, of the message, action and amends.';
