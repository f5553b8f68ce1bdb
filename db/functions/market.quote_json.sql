create or replace function market.quote_json(
    ts timestamptz, ns smallint, bid numeric, bid_size numeric, ask numeric, ask_size numeric,
    exchange text, conditions text [], tick_id text, tape text, style text, decimal_strings boolean
) returns text
language sql stable parallel safe
as $$
    select '{"t":' || market.time_json($1, $2, $11)
        || ',"bp":' || market.decimal_json($3, $12)
        || ',"bs":' || market.decimal_json($4, $12)
        || ',"ap":' || market.decimal_json($5, $12)
        || ',"as":' || market.decimal_json($6, $12)
        || coalesce(',"x":' || to_json($7), ',"x":null')
        || coalesce(',"c":' || to_json($8), ',"c":null')
        || coalesce(',"i":' || to_json($9), ',"i":null')
        || coalesce(',"z":' || to_json($10), ',"z":null')
        || '}'
$$;

comment on function market.quote_json is
'A quote in JSON, with the keys of Alpaca and the id: times in the style of market.time_json().';

revoke execute on function market.quote_json from public;
grant execute on function market.quote_json to stockpulse_reader;
