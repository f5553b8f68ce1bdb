-- Figures for the ticks of the last minutes; no row if the symbol is unknown, null without ticks.
with series as materialized (
    select
        symbol,
        coalesce(%(source)s::text, market.default_source(symbol)) as source
    from market.instruments
    where symbol in (%(symbol)s::text, upper(%(symbol)s::text))
    order by symbol <> %(symbol)s::text
    limit 1
)

select case when answer.count > 0 then row_to_json(answer)::text end
from series
cross join lateral (
    select
        series.symbol,
        %(minutes)s::integer as window_minutes,
        count(*) as count, -- noqa: RF04
        -- four decimals suffice for shares, prices below a cent need as many as the ticks have
        trim_scale(round(avg(price), greatest(4, max(scale(price))))) as avg_price,
        min(price) as min_price,
        max(price) as max_price,
        coalesce(sum(size), 0) as sum_volume,
        rtrim(
            rtrim(to_char(min(ts) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.'
        ) || 'Z' as start_time,
        rtrim(
            rtrim(to_char(max(ts) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.'
        ) || 'Z' as end_time
    from market.ticks
    where symbol = series.symbol
        and source = series.source
        and ts >= now() - %(minutes)s::integer * interval '1 minute'
) as answer
