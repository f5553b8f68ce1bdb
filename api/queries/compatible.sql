-- Of the symbols: one that meant another instrument on the day `asof` (null: a name of a renamed
-- instrument), and one whose prices are not in the currency, with their own.
select
    (
        select min(asked.symbol)
        from unnest(%(symbols)s::text []) as asked (symbol)
        inner join market.names
            on asked.symbol = names.symbol
                or (%(asof)s::timestamptz is null and asked.symbol = names.instrument)
        where %(named)s::boolean and (
            %(asof)s::timestamptz is null
            or (
                names.since <= %(asof)s::timestamptz and names.until > %(asof)s::timestamptz
                and names.instrument <> market.instrument_of(asked.symbol)
            )
        )
    ) as renamed,
    (
        select array[instruments.symbol, instruments.quote]
        from unnest(%(symbols)s::text []) as asked (symbol)
        inner join market.instruments
            on market.instrument_of(asked.symbol) = instruments.symbol
        where upper(coalesce(instruments.quote, 'USD')) <> %(currency)s::text
        order by instruments.symbol
        limit 1
    ) as other_currency
