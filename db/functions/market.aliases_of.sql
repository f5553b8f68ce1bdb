-- Of the index market.instruments_aliases: what it returns for a row must not change.
create or replace function market.aliases_of(symbol text, base text, quote text) returns text []
language sql immutable parallel safe
set search_path = pg_catalog
as $$
    with pair as (
        select
            upper(coalesce($2, (market.pair_of($1))[1])) as base,
            upper(coalesce($3, (market.pair_of($1))[2])) as quote
    ),
    names as (
        select base || quote as name from pair
        union
        select base || '/' || quote from pair
        union
        select base || '-' || quote from pair
        union
        select upper(substr($1, strpos($1, ':') + 1))
    )
    select array_agg(alias order by alias collate "C")
    from (
        select name as alias from names
        union
        select upper(split_part($1, ':', 1)) || ':' || name from names where $1 like '_%:_%'
    ) as aliases
    where alias <> '' and alias <> $1
$$;

comment on function market.aliases_of is
'Other spellings of a symbol in upper case: BTCUSD, BTC/USD, BTC-USD and KRAKEN:BTCUSD for
KRAKEN:BTC/USD, the name after the venue for any.';

revoke execute on function market.aliases_of from public;
grant execute on function market.aliases_of to stockpulse_reader, stockpulse_loader;
