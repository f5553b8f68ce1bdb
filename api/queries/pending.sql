-- The ranges of stored candles that are behind their events, [{"kind", "timeframe", ...}].
select
    coalesce(
        json_agg(
            json_build_object(
                'kind', kind,
                'timeframe', timeframe,
                'since', to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                'until', to_char(until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            )
            order by since
        ),
        '[]'
    )::text
from market.pending()
