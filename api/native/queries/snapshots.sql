-- The newest of everything, of one moment: {"SYMBOL":{"latestTrade":{...}, ...}}.
with trades as (
    select
        symbol,
        market.trade_json(
            ts, ns, price, size, side, exchange,
            conditions, tick_id, tape, %(ts)s::text, %(tz)s::text,
            %(as_strings)s::boolean
        ) as text
    from market.trade_page(
        symbols => %(symbols)s::text [],
        source => %(source)s::text,
        max_events => 1,
        newest_first => true,
        share => 'each'
    )
),

quotes as (
    select
        symbol,
        market.quote_json(
            ts, ns, bid, bid_size, ask, ask_size, exchange,
            conditions, tick_id, tape, %(ts)s::text, %(tz)s::text,
            %(as_strings)s::boolean
        ) as text
    from market.quote_page(
        symbols => %(symbols)s::text [],
        source => %(source)s::text,
        max_events => 1,
        newest_first => true,
        share => 'each'
    )
),

bars as materialized (
    select
        'minuteBar' as name,
        minutes.*
    from market.bar_page(
        symbols => %(symbols)s::text [],
        timeframe => '1m',
        source => %(source)s::text,
        max_bars => 1,
        newest_first => true,
        share => 'each'
    ) as minutes
    union all
    select
        case row_number() over (partition by days.symbol order by days.bucket desc)
            when 1 then 'dailyBar'
            else 'prevDailyBar'
        end,
        days.*
    from market.bar_page(
        symbols => %(symbols)s::text [],
        timeframe => '1d',
        source => %(source)s::text,
        max_bars => 2,
        newest_first => true,
        share => 'each'
    ) as days
),

texts as (
    select
        symbol,
        name,
        '{"t":' || market.time_json(bucket, 0, %(ts)s::text, %(tz)s::text)
        || ',"o":' || market.decimal_json(open, %(as_strings)s::boolean)
        || ',"h":' || market.decimal_json(high, %(as_strings)s::boolean)
        || ',"l":' || market.decimal_json(low, %(as_strings)s::boolean)
        || ',"c":' || market.decimal_json(close, %(as_strings)s::boolean)
        || ',"v":' || market.decimal_json(coalesce(volume, 0), %(as_strings)s::boolean)
        || ',"n":' || coalesce(tick_count::text, 'null')
        || ',"vw":' || market.decimal_json(trim_scale(vwap), %(as_strings)s::boolean)
        || coalesce(',"vendor":' || to_json(vendor), '') || '}' as text
    from bars
)

select
    '{"snapshots":{'
    || coalesce(
        string_agg(
            to_json(asked.symbol)::text
            || ':{"latestTrade":' || coalesce(trades.text, 'null')
            || ',"latestQuote":' || coalesce(quotes.text, 'null')
            || ',"minuteBar":' || coalesce(minutes.text, 'null')
            || ',"dailyBar":' || coalesce(days.text, 'null')
            || ',"prevDailyBar":' || coalesce(days_before.text, 'null') || '}',
            ',' order by asked.symbol
        ),
        ''
    )
    || '}}' as snapshots
from unnest(%(symbols)s::text []) as asked (symbol)
left join trades on asked.symbol = trades.symbol
left join quotes on asked.symbol = quotes.symbol
left join texts as minutes on asked.symbol = minutes.symbol and minutes.name = 'minuteBar'
left join texts as days on asked.symbol = days.symbol and days.name = 'dailyBar'
left join texts as days_before
    on asked.symbol = days_before.symbol and days_before.name = 'prevDailyBar'
