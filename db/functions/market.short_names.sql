-- For clients whose symbols are one word: BTCUSD for KRAKEN:BTC/USD. Where several instruments
-- share the word it means the one of `venue`; the others keep their own symbols, and their venue is
-- told in the base, so that no client takes one for the other.
create or replace function market.short_names(venue text)
returns table (symbol text, name text, base text, quote text, price_scale smallint)
language sql stable parallel safe
as $$
    select
        spelled.symbol,
        case when spelled.is_shared then spelled.symbol else spelled.word end,
        case
            when spelled.is_shared and spelled.symbol like '_%:_%'
                then split_part(spelled.symbol, ':', 1) || ':'
            else ''
        end || coalesce(spelled.base, spelled.rest),
        coalesce(spelled.quote, 'XXX'),
        spelled.price_scale
    from (
        select
            words.*,
            exists (
                select
                from market.instruments as other
                where other.symbol <> words.symbol
                    and (
                        other.symbol = words.word
                        or market.aliases_of(other.symbol, other.base, other.quote)
                        && array[words.word]
                    )
                    and not (
                        starts_with(words.symbol, $1 || ':')
                        and not starts_with(other.symbol, $1 || ':')
                        and other.symbol <> words.word
                    )
            )
            or exists (
                select from market.names
                where names.symbol = words.word and words.word <> words.symbol
            ) as is_shared
        from (
            select
                pairs.*,
                coalesce(pairs.base || pairs.quote, pairs.rest) as word
            from (
                select
                    instruments.symbol,
                    instruments.price_scale,
                    upper(coalesce(instruments.base, (market.pair_of(symbol))[1])) as base,
                    upper(coalesce(instruments.quote, (market.pair_of(symbol))[2])) as quote,
                    upper(substr(symbol, strpos(symbol, ':') + 1)) as rest
                from market.instruments
            ) as pairs
        ) as words
    ) as spelled
$$;

comment on function market.short_names is
'A name of one word for each instrument that has one of its own: BTCUSD; otherwise its symbol. Base
and quote as far as they are known; without a quote the name itself and XXX, the code of no currency.';

revoke execute on function market.short_names from public;
grant execute on function market.short_names to stockpulse_reader;
