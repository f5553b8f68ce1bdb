-- Of the index market.instruments_aliases: what it returns for a row must not change.
create or replace function market.aliases_of(symbol text, base text, quote text) returns text []
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    spelled constant text [] := market.pair_of($1);
    pair_base constant text := upper(coalesce($2, spelled[1]));
    pair_quote constant text := upper(coalesce($3, spelled[2]));
    colon constant integer := strpos($1, ':');
    names text [] := array[upper(substr($1, colon + 1))];
begin
    if pair_base is not null and pair_quote is not null then
        names := names || array[
            pair_base || pair_quote, pair_base || '/' || pair_quote, pair_base || '-' || pair_quote
        ];
    end if;
    return (
        select array_agg(distinct alias order by alias)
        from (
            select name collate "C" as alias from unnest(names) as name
            union all
            select (upper(left($1, colon)) || name) collate "C"
            from unnest(names) as name
            where colon > 1
        ) as aliases
        where alias <> '' and alias <> $1
    );
end $$;

comment on function market.aliases_of is
'Other spellings of a symbol in upper case: BTCUSD, BTC/USD, BTC-USD and KRAKEN:BTCUSD for
KRAKEN:BTC/USD, the name after the venue for any.';

revoke execute on function market.aliases_of from public;
grant execute on function market.aliases_of to stockpulse_reader, stockpulse_loader;
