-- The newest quote of each symbol, [{...}].
-- Columns: the answer; whether all symbols are meant, and more than `most` are stored.
select
    json_strip_nulls(
        coalesce(
            json_agg(
                json_build_object(
                    'symbol', wanted.name,
                    'bidPrice', coalesce(newest.bid, 0)::text,
                    'bidQty', coalesce(newest.bid_size, 0)::text,
                    'askPrice', coalesce(newest.ask, 0)::text,
                    'askQty', coalesce(newest.ask_size, 0)::text
                )
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
left join lateral market.quote_page(
    array[wanted.symbol], max_events => 1, newest_first => true
) as newest on true
where %(symbols)s::text [] is not null or newest.symbol is not null
