-- {"coverage":{"SYMBOL":[{...}]}}, and whether any symbol is known.
select
    exists(select from market.instruments where symbol = any(%(symbols)s::text []))
    or exists(select from market.names where symbol = any(%(symbols)s::text [])) as known,
    json_build_object('coverage', coalesce(json_object_agg(symbol, stretches), '{}'))::text
from (
    select
        asked.symbol,
        json_agg(
            json_build_object(
                'start', to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'end', to_char(until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'state', state
            )
            order by since
        ) as stretches
    from unnest(%(symbols)s::text []) as asked (symbol)
    cross join lateral market.coverage(
        symbol => asked.symbol,
        timeframe => %(timeframe)s::text,
        since => %(start)s::timestamptz,
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        price => %(price)s::text
    )
    group by asked.symbol
) as stretches_by_symbol
