-- Bars as arrays of twelve, oldest first: open time, open, high, low, close, volume, close time,
-- volume in the quote currency, number of trades, and three that are not known.
-- Further columns: whether there are as many as asked for; symbol, source and bucket of the last in
-- the order in which they are read, null if there are fewer.
with found as (
    select *
    from market.bar_page(
        symbols => %(symbols)s::text [],
        timeframe => %(timeframe)s::text,
        since => %(start)s::timestamptz,
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_bars => %(limit)s::integer,
        newest_first => %(newest_first)s::boolean
    ) with ordinality
),

page as (
    select *
    from (select * from found) as found
    where ordinality <= %(limit)s::integer
)

select
    '['
    || coalesce(
        string_agg(
            '[' || (extract(epoch from bucket) * %(per_second)s)::bigint
            || ',"' || open || '","' || high || '","' || low || '","' || close
            || '","' || coalesce(volume, 0)
            || '",'
            || (extract(epoch from bucket + %(width)s::interval) * %(per_second)s)::bigint - 1
            || ',"' || coalesce(notional, 0)
            || '",' || coalesce(tick_count, 0) || ',"0","0","0"]',
            ',' order by bucket
        ),
        ''
    )
    || ']',
    count(*) = %(limit)s::integer as is_full,
    max(symbol) filter (where ordinality = %(limit)s::integer) as last_symbol,
    max(source) filter (where ordinality = %(limit)s::integer) as last_source,
    max(bucket) filter (where ordinality = %(limit)s::integer) as last_bucket
from page
