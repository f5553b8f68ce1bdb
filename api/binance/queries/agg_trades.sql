-- Trades, oldest first, as /aggTrades shows them: each is the only one of its aggregate.
select
    '['
    || coalesce(
        string_agg(
            '{"a":' || id
            || ',"p":"' || price
            || '","q":"' || coalesce(size, 0)
            || '","f":' || id || ',"l":' || id
            || ',"T":' || floor(extract(epoch from ts) * %(per_second)s)
            || coalesce(',"m":' || (side = 'sell'), '') || ',"M":true}',
            ',' order by ts, ns, seq, tick_id nulls first
        ),
        ''
    )
    || ']'
from (
    select *
    from market.trade_page(
        symbols => array[%(symbol)s::text],
        since => %(since)s::timestamptz,
        until => %(until)s::timestamptz,
        source => %(source)s::text,
        max_events => %(limit)s::integer,
        newest_first => %(newest_first)s::boolean
    )
    where %(first_id)s::bigint is null
    union all
    select *
    from market.trades_from(
        symbol => %(symbol)s::text,
        first_id => %(first_id)s::bigint,
        max_events => %(limit)s::integer,
        source => %(source)s::text
    )
    where %(first_id)s::bigint is not null
) as page
cross join lateral (
    select
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
