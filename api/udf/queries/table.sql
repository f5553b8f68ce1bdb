-- The newest bars of a symbol as rows of a table, newest first, [{...}].
select
    json_strip_nulls(
        coalesce(
            json_agg(
                json_build_object(
                    'time', to_char(bucket at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                    'open', open,
                    'high', high,
                    'low', low,
                    'close', close,
                    'volume', coalesce(volume, 0),
                    'trades', tick_count
                )
                order by bucket desc
            ),
            '[]'
        )
    )::text
from market.bar_page(
    symbols => array[%(symbol)s::text],
    timeframe => %(timeframe)s::text,
    max_bars => %(limit)s::integer,
    newest_first => true
)
