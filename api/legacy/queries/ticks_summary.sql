-- Figures for the trades of the last minutes, or for the mids of a series that has quotes alone; no
-- row if the symbol is unknown, null without ticks.
with series as materialized (
    select
        symbol,
        coalesce(lower(%(source)s::text), market.default_source(symbol)) as source
    from (
        select symbol from market.instruments
        union all
        select symbol from market.names
    ) as known
    where symbol in (%(symbol)s::text, upper(%(symbol)s::text))
    order by symbol <> %(symbol)s::text
    limit 1
),

trades as materialized (
    select
        trades.ts,
        trades.price,
        trades.size
    from series
    cross join market.segments_of(series.symbol) as segment
    inner join market.trades
        on segment.symbol = trades.symbol and series.source = trades.source
    where
        trades.ts >= segment.since and trades.ts < segment.until
        and trades.ts >= now() - %(minutes)s::integer * interval '1 minute'
),

quoted as materialized ( -- empty unless the series has quotes alone
    select
        symbol,
        source
    from series
    where
        not exists (select from trades)
        and market.default_price(series.symbol, series.source) = 'mid'
),

mids as (
    select
        quotes.ts,
        (quotes.bid + quotes.ask) * 0.5 as price,
        null::numeric as size
    from quoted
    cross join market.segments_of(quoted.symbol) as segment
    inner join market.quotes
        on segment.symbol = quotes.symbol and quoted.source = quotes.source
    where
        quotes.ts >= segment.since and quotes.ts < segment.until
        and quotes.ts >= now() - %(minutes)s::integer * interval '1 minute'
        and quotes.bid is not null and quotes.ask is not null
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
    from (
        select * from trades
        union all
        select * from mids
    ) as ticks
) as answer
