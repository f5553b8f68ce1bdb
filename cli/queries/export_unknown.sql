-- The first symbol, and the source, that no row of the reference data has.
select
    (
        select min(asked.symbol)
        from unnest(%(symbols)s::text []) as asked (symbol)
        where not exists (
            select from market.instruments where instruments.symbol = asked.symbol
        )
    ) as symbol,
    (
        select asked.source
        from (values (%(source)s::text)) as asked (source)
        where not exists (select from market.sources where sources.source = asked.source)
    ) as source
