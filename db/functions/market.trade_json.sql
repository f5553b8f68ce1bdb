create or replace function market.trade_json(
    ts timestamptz, ns smallint, price numeric, size numeric, side text, exchange text,
    conditions text [], tick_id text, tape text, style text, zone text,
    as_strings boolean
) returns text
language sql stable parallel safe
as $$
    select '{"t":' || market.time_json($1, $2, $10, $11)
        || ',"p":' || market.decimal_json($3, $12)
        || ',"s":' || market.decimal_json($4, $12)
        || coalesce(',"side":"' || $5 || '"', ',"side":null')
        || coalesce(',"x":' || to_json($6), ',"x":null')
        || coalesce(',"c":' || to_json($7), ',"c":null')
        || coalesce(',"i":' || to_json($8), ',"i":null')
        || coalesce(',"z":' || to_json($9), ',"z":null')
        || '}'
$$;

comment on function market.trade_json is
'A trade in JSON, with the keys of Alpaca and the side: times as market.time_json()
writes them.';

revoke execute on function market.trade_json from public;
grant execute on function market.trade_json to stockpulse_reader;
