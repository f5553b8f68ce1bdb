-- The time of the last trade of a symbol before a time.
select ts
from market.trade_page(
    symbols => array[%(symbol)s::text],
    until => %(until)s::timestamptz,
    source => %(source)s::text,
    max_events => 1,
    newest_first => true
)
