-- For clients whose symbols are one word: BTCUSD for KRAKEN:BTC/USD. Where several instruments
-- share the word it means the one of `venue`; the others keep their own symbols, and their venue is
-- told in the base, so that no client takes one for the other.
create or replace function market.short_names(venue text)
returns table (symbol text, name text, base text, quote text, price_scale smallint)
language sql stable parallel safe
as $$
    with words as materialized (
        select
            *,
            coalesce(base || quote, rest) as word
        from (
            select
                instruments.symbol,
                instruments.price_scale,
                upper(coalesce(instruments.base, (market.pair_of(symbol))[1])) as base,
                upper(coalesce(instruments.quote, (market.pair_of(symbol))[2])) as quote,
                upper(substr(symbol, strpos(symbol, ':') + 1)) as rest,
                starts_with(symbol, $1 || ':') as is_own
            from market.instruments
            where not exists ( -- a former name of another one
                select from market.names as name
                where name.symbol = instruments.symbol
                    and market.instrument_of(name.symbol) <> name.symbol
            )
        ) as pairs
    ),
    shared as materialized (
        select
            spelling,
            count(*) filter (where is_own) as own_holders,
            bool_or(symbol = spelling) as is_symbol
        from (
            select distinct
                words.symbol,
                words.is_own,
                spelling
            from words
            cross join lateral (values (word), (rest), (symbol)) as spellings (spelling)
        ) as holders
        group by spelling
        having count(*) > 1
    ),
    named as (
        select
            words.*,
            shared.spelling is not null
            and not (words.is_own and shared.own_holders = 1 and not shared.is_symbol)
            or names.symbol is not null as is_shared
        from words
        left join shared on words.word = shared.spelling
        left join (select distinct symbol from market.names) as names
            on words.word = names.symbol and words.symbol <> names.symbol
    )
    select
        symbol,
        case when is_shared then symbol else word end,
        case
            when is_shared and symbol like '_%:_%' then split_part(symbol, ':', 1) || ':' else ''
        end || coalesce(base, rest),
        coalesce(quote, 'XXX'),
        price_scale
    from named
$$;

comment on function market.short_names is
'A name of one word for each instrument that has one of its own: BTCUSD; otherwise its symbol. Base
and quote as far as they are known; without a quote the name itself and XXX, the code of no currency.';

revoke execute on function market.short_names from public;
grant execute on function market.short_names to stockpulse_reader;
