-- {"movers":[{...}]}
select
    '{"movers":[' || coalesce(
        string_agg(
            '{"symbol":' || to_json(symbol)
            || ',"source":' || to_json(source)
            || ',"open":' || market.decimal_json(open, %(as_strings)s::boolean)
            || ',"close":' || market.decimal_json(close, %(as_strings)s::boolean)
            || ',"change_pct":'
            || market.decimal_json(trim_scale(change_pct), %(as_strings)s::boolean) || '}',
            ',' order by ordinality
        ),
        ''
    ) || ']}'
from market.movers(
    %(window)s::interval, %(limit)s::integer, adjustment => %(adjustment)s::text
) with ordinality
