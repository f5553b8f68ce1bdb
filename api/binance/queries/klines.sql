-- Bars as arrays of twelve, oldest first: open time, open, high, low, close, volume, close time,
-- volume in the quote currency, number of trades, and three that are not known.
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
    || ']'
from market.bar_page(
    symbols => array[%(symbol)s::text],
    timeframe => %(timeframe)s::text,
    since => %(since)s::timestamptz,
    until => %(until)s::timestamptz,
    source => %(source)s::text,
    max_bars => %(limit)s::integer,
    newest_first => %(newest_first)s::boolean
)
