-- The newest bars of a symbol, newest first; no row if the symbol is unknown.
with instrument as materialized (
    select symbol
    from (
        select symbol from market.instruments
        union all
        select symbol from market.names
    ) as known
    where symbol in (%(symbol)s::text, upper(%(symbol)s::text))
    order by symbol <> %(symbol)s::text
    limit 1
)

select row_to_json(answer)::text
from instrument
cross join lateral (
    select
        instrument.symbol,
        count(*) as count, -- noqa: RF04
        coalesce(array_agg(row_to_json(bar) order by newest.bucket desc), '{}') as bars
    from market.bar_page(
        symbols => array[instrument.symbol],
        timeframe => %(timeframe)s::text,
        source => %(source)s::text,
        max_bars => %(limit)s::integer,
        newest_first => true,
        vendor => false
    ) as newest
    cross join lateral (
        select
            newest.symbol,
            to_char(newest.bucket at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as bucket_start,
            newest.open,
            newest.high,
            newest.low,
            newest.close,
            coalesce(newest.volume, 0) as volume_sum,
            newest.tick_count
    ) as bar
) as answer
