-- Trades, oldest first, as /trades and /historicalTrades show them; or, aggregated, as /aggTrades
-- does: each is the only one of its aggregate.
-- Further columns: symbol, source and time of the last in the order in which they are read, null if
-- there are fewer than asked for; the time of the first.
with found as (
    select *
    from market.trade_page(
        symbols => %(symbols)s::text [],
        since => %(start)s::timestamptz,
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_events => %(limit)s::integer,
        newest_first => %(newest_first)s::boolean
    )
    where %(first_id)s::bigint is null
    union all
    select *
    from market.trades_from(
        symbol => (%(symbols)s::text [])[1],
        first_id => %(first_id)s::bigint,
        max_events => %(limit)s::integer,
        source => %(source)s::text
    )
    where %(first_id)s::bigint is not null
),

page as (
    select *
    from (
        select
            *,
            row_number() over () as number
        from (select * from found) as found
    ) as numbered
    where number <= %(limit)s::integer
)

select
    '['
    || coalesce(
        string_agg(
            case
                when %(is_aggregated)s::boolean
                    then
                        '{"a":' || id
                        || ',"p":"' || price
                        || '","q":"' || coalesce(size, 0)
                        || '","f":' || id || ',"l":' || id
                        || ',"T":' || units
                        || coalesce(',"m":' || maker_buys, '') || ',"M":true}'
                else
                    '{"id":' || id
                    || ',"price":"' || price
                    || '","qty":"' || coalesce(size, 0)
                    || '","quoteQty":"' || coalesce(price * size, 0)
                    || '","time":' || units
                    || coalesce(',"isBuyerMaker":' || maker_buys, '') || ',"isBestMatch":true}'
            end,
            ',' order by ts, ns, seq, tick_id nulls first
        ),
        ''
    )
    || ']',
    max(symbol) filter (where number = %(limit)s::integer) as last_symbol,
    max(source) filter (where number = %(limit)s::integer) as last_source,
    max(ts) filter (where number = %(limit)s::integer) as last_ts,
    min(ts) as first_ts
from page
cross join lateral (
    select
        floor(extract(epoch from ts) * %(per_second)s) as units,
        side = 'sell' as maker_buys,
        coalesce(
            market.number_in(tick_id)::text,
            to_json(tick_id)::text,
            '"'
            || floor(extract(epoch from ts) * 1000000)
            || lpad(ns::text, 3, '0')
            || '-'
            || seq
            || '"'
        ) as id
) as written
