create or replace function market.symbols_named(texts text [])
returns table (asked text, symbols text [])
language sql stable parallel safe
as $$
    select
        asked.name,
        coalesce(exact.symbols, upper_case.symbols, aliases.symbols)
    from unnest($1) as asked (name)
    left join lateral (
        select array[asked.name] as symbols
        where exists (select from market.instruments where instruments.symbol = asked.name)
            or exists (select from market.names where names.symbol = asked.name)
    ) as exact on true
    left join lateral (
        select array[upper(asked.name)] as symbols
        where exact.symbols is null and (
            exists (select from market.instruments where instruments.symbol = upper(asked.name))
            or exists (select from market.names where names.symbol = upper(asked.name))
        )
    ) as upper_case on true
    left join lateral (
        select array_agg(instruments.symbol order by instruments.symbol) as symbols
        from market.instruments
        where exact.symbols is null and upper_case.symbols is null
            and market.aliases_of(instruments.symbol, instruments.base, instruments.quote)
            && array[upper(asked.name)]
    ) as aliases on true
    where coalesce(exact.symbols, upper_case.symbols, aliases.symbols) is not null
$$;

comment on function market.symbols_named is
'The stored symbols that each text may mean: the symbol or name as written, else in upper case, else
the instruments that have it as an alias, which may be several; texts that mean none are left out.';

revoke execute on function market.symbols_named from public;
grant execute on function market.symbols_named to stockpulse_reader;
