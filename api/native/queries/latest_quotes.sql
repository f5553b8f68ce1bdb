-- The newest quote of each symbol, {"SYMBOL":{...}}.
select
    '{'
    || coalesce(
        string_agg(
            to_json(newest.symbol)::text || ':'
            || market.quote_json(
                newest.ts, newest.ns, newest.bid, newest.bid_size, newest.ask, newest.ask_size,
                newest.exchange,
                newest.conditions, newest.tick_id, newest.tape, %(ts)s::text, %(tz)s::text,
                %(as_strings)s::boolean
            ),
            ',' order by newest.symbol
        ),
        ''
    )
    || '}' as events
from market.quote_page(
    symbols => %(symbols)s::text [],
    source => %(source)s::text,
    max_events => 1,
    newest_first => true,
    share => 'each'
) as newest
