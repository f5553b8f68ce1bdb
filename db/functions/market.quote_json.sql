create or replace function market.quote_json(
    ts timestamptz, ns smallint, bid numeric, bid_size numeric, ask numeric, ask_size numeric,
    exchange text, conditions text [], tick_id text, tape text, style text, zone text,
    as_strings boolean
) returns text
language sql stable parallel safe
as $$
    select '{"t":' || market.time_json($1, $2, $11, $12)
        || ',"bp":' || market.decimal_json($3, $13)
        || ',"bs":' || market.decimal_json($4, $13)
        || ',"ap":' || market.decimal_json($5, $13)
        || ',"as":' || market.decimal_json($6, $13)
        || coalesce(',"x":' || to_json($7), ',"x":null')
        || coalesce(',"c":' || to_json($8), ',"c":null')
        || coalesce(',"i":' || to_json($9), ',"i":null')
        || coalesce(',"z":' || to_json($10), ',"z":null')
        || '}'
$$;

comment on function market.quote_json is
'A quote in JSON, with the keys of Alpaca and the id: times as market.time_json()
writes them.';

revoke execute on function market.quote_json from public;
grant execute on function market.quote_json to stockpulse_reader;
