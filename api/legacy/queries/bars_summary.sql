-- One bar from the bars of the last minutes; no row if the symbol is unknown, null without bars.
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

select case when answer.bar_count > 0 then row_to_json(answer)::text end
from instrument
cross join lateral (
    select
        instrument.symbol,
        %(minutes)s::integer as window_minutes,
        count(*) as bar_count,
        first(open, bucket) as open,
        max(high) as high,
        min(low) as low,
        last(close, bucket) as close,
        trim_scale(
            round(
                (last(close, bucket) - first(open, bucket)) * 100
                / nullif(first(open, bucket), 0),
                4
            )
        ) as change_pct,
        coalesce(sum(volume), 0) as total_volume,
        coalesce(sum(tick_count), 0) as total_ticks,
        to_char(min(bucket) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as start_time,
        to_char(max(bucket) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as end_time
    from market.bar_page(
        symbols => array[instrument.symbol],
        timeframe => %(timeframe)s::text,
        since => now() - %(minutes)s::integer * interval '1 minute',
        source => %(source)s::text,
        max_bars => null,
        vendor => false
    )
) as answer
