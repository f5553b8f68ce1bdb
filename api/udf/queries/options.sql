-- All symbols as the options of a menu, the one with the newest tick first.
select
    json_strip_nulls(
        coalesce(
            json_agg(
                json_build_object('label', symbol, 'value', symbol)
                order by last_seen_at = newest desc, symbol
            ),
            '[]'
        )
    )::text
from (
    select
        symbol,
        last_seen_at,
        max(last_seen_at) over () as newest
    from market.instruments
) as instruments
