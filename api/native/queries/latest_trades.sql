-- The newest trade of each symbol, {"SYMBOL":{...}}.
select
    '{'
    || coalesce(
        string_agg(
            to_json(newest.symbol)::text || ':'
            || market.trade_json(
                newest.ts, newest.ns, newest.price, newest.size, newest.side, newest.exchange,
                newest.conditions, newest.tick_id, newest.tape, %(ts)s::text, %(tz)s::text,
                %(as_strings)s::boolean
            ),
            ',' order by newest.symbol
        ),
        ''
    )
    || '}' as events
from market.trade_page(
    symbols => %(symbols)s::text [],
    source => %(source)s::text,
    max_events => 1,
    newest_first => true,
    share => 'each'
) as newest
