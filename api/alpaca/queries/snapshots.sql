-- Snapshots by symbol, {"SYMBOL":{...}}; of a single symbol its snapshot, null if that is nothing.
with asked as (
    select
        symbol,
        name
    from unnest(%(symbols)s::text [], %(names)s::text []) as asked (symbol, name)
),

trades as (
    select
        page.symbol,
        case page.side
            when 'buy' then left(row_to_json(trade)::text, -1) || ',"tks":"B"}'
            when 'sell' then left(row_to_json(trade)::text, -1) || ',"tks":"S"}'
            else row_to_json(trade)::text
        end as trade
    from market.trade_page(
        symbols => %(symbols)s::text [],
        source => %(source)s::text,
        max_events => 1,
        newest_first => true,
        share => 'each'
    ) as page
    cross join lateral (
        select
            market.time_json(page.ts, page.ns)::json as t,
            page.exchange as x,
            page.price as p,
            coalesce(page.size, 0) as s,
            coalesce(page.conditions, '{}') as c,
            case
                when page.tick_id ~ '^(?:0|[1-9][0-9]{0,17})$' then page.tick_id::bigint
                when page.tick_id ~ '^[^:]*:(?:0|[1-9][0-9]{0,17})$' -- with its exchange
                    then split_part(page.tick_id, ':', 2)::bigint
            end as i,
            page.tape as z
    ) as trade
),

quotes as (
    select
        page.symbol,
        row_to_json(quote)::text as quote
    from market.quote_page(
        symbols => %(symbols)s::text [],
        source => %(source)s::text,
        max_events => 1,
        newest_first => true,
        share => 'each'
    ) as page
    cross join lateral (
        select
            market.time_json(page.ts, page.ns)::json as t,
            case
                when page.ask is not null
                    then coalesce(nullif(split_part(page.exchange, '/', 2), ''), page.exchange)
            end as ax,
            coalesce(page.ask, 0) as ap,
            coalesce(page.ask_size, 0) as "as",
            case when page.bid is not null then split_part(page.exchange, '/', 1) end as bx,
            coalesce(page.bid, 0) as bp,
            coalesce(page.bid_size, 0) as bs,
            coalesce(page.conditions, '{}') as c,
            page.tape as z
    ) as quote
),

bars as (
    select
        page.symbol,
        page.timeframe,
        row_number() over (
            partition by page.timeframe, page.symbol order by page.bucket desc
        ) as nth,
        row_to_json(bar)::text as bar
    from (
        select
            '1m' as timeframe,
            minutes.*
        from market.bar_page(
            symbols => %(symbols)s::text [],
            timeframe => '1m',
            until => date_trunc('minute', now()),
            source => %(source)s::text,
            max_bars => 1,
            newest_first => true,
            share => 'each'
        ) as minutes
        union all
        select
            '1d' as timeframe,
            days.*
        from market.bar_page(
            symbols => %(symbols)s::text [],
            timeframe => '1d',
            source => %(source)s::text,
            max_bars => 2,
            newest_first => true,
            share => 'each'
        ) as days
    ) as page
    cross join lateral (
        select
            market.time_json(page.bucket)::json as t,
            page.open as o,
            page.high as h,
            page.low as l,
            page.close as c,
            coalesce(page.volume, 0) as v,
            page.tick_count as n,
            trim_scale(page.vwap) as vw
    ) as bar
),

members as (
    select
        asked.name,
        '{"latestTrade":' || coalesce(trades.trade, 'null')
        || ',"latestQuote":' || coalesce(quotes.quote, 'null')
        || ',"minuteBar":' || coalesce(minute.bar, 'null')
        || ',"dailyBar":' || coalesce(day.bar, 'null')
        || ',"prevDailyBar":' || coalesce(day_before.bar, 'null')
        || '}' as value
    from asked
    left join trades on asked.symbol = trades.symbol
    left join quotes on asked.symbol = quotes.symbol
    left join bars as minute on asked.symbol = minute.symbol and minute.timeframe = '1m'
    left join bars as day
        on asked.symbol = day.symbol and day.timeframe = '1d' and day.nth = 1
    left join bars as day_before
        on asked.symbol = day_before.symbol and day_before.timeframe = '1d' and day_before.nth = 2
    where coalesce(trades.trade, quotes.quote, minute.bar, day.bar) is not null
)

select
    case
        when %(single)s::boolean then min(value)
        else
            '{'
            || coalesce(string_agg(to_json(name)::text || ':' || value, ',' order by name), '')
            || '}'
    end as snapshots
from members
