-- The bars of the last minutes as one: no row for an unknown symbol, null for no bars.
with series as materialized (
    select
        symbol,
        coalesce(%(source)s::text, market.default_source(symbol)) as source
    from market.instruments
    where symbol in (%(symbol)s::text, upper(%(symbol)s::text))
    order by symbol <> %(symbol)s::text
    limit 1
)

select case when answer.bar_count > 0 then row_to_json(answer)::text end
from series
cross join lateral (
    select
        series.symbol,
        %(minutes)s::integer as window_minutes,
        count(*) as bar_count,
        first(open, bucket) as open,
        max(high) as high,
        min(low) as low,
        last(close, bucket) as close,
        trim_scale(
            round((last(close, bucket) - first(open, bucket)) * 100 / first(open, bucket), 4)
        ) as change_pct,
        coalesce(sum(volume), 0) as total_volume,
        coalesce(sum(tick_count), 0) as total_ticks
    from market.candles_1m as candles
    where candles.symbol = series.symbol
        and candles.source = series.source
        and candles.bucket >= now() - %(minutes)s::integer * interval '1 minute'
) as answer
