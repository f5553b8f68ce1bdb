-- The newest price of each symbol, [{...}]: of its newest trade, or the mid of its newest bar.
-- Columns: the answer; whether all symbols are meant, and more than `most` are stored.
select
    json_strip_nulls(
        coalesce(
            json_agg(
                json_build_object('symbol', wanted.name, 'price', newest.price::text)
                order by wanted.place, wanted.name
            ),
            '[]'
        )
    )::text as answer,
    %(symbols)s::text [] is null
    and (select count(*) from market.instruments) > %(most)s::integer as is_too_much
from (
    select
        asked.name,
        asked.symbol,
        asked.place
    from unnest(%(names)s::text [], %(symbols)s::text []) with ordinality
        as asked (name, symbol, place)
    union all
    select
        named.name,
        named.symbol,
        0
    from market.short_names('BINANCE') as named
    where %(symbols)s::text [] is null
        and (select count(*) from market.instruments) <= %(most)s::integer
) as wanted
cross join lateral (
    select coalesce(
        (
            select price
            from market.trade_page(
                array[wanted.symbol], max_events => 1, newest_first => true
            )
        ),
        (select close from market.last_candle(wanted.symbol, '1m'))
    ) as price
    limit 1
) as newest
where newest.price is not null
