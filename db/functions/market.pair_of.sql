create or replace function market.pair_of(symbol text) returns text []
language sql immutable parallel safe
as $$
    select coalesce(
        regexp_match($1, '^(?:[^:]+:)?([A-Z0-9.]+)/([A-Z0-9.]+)$'),
        regexp_match($1, '^[^:]+:([A-Z0-9.]+)-([A-Z0-9.]{3,5})$')
    )
$$;

comment on function market.pair_of is
'Base and quote as a symbol itself spells them: KRAKEN:BTC/USD, COINBASE:BTC-USD; else null.';

revoke execute on function market.pair_of from public;
grant execute on function market.pair_of to stockpulse_reader, stockpulse_loader;
