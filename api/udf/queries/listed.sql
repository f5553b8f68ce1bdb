-- Instruments as UDF describes them: those of `symbols`, else of an exchange, else all; as a list
-- of objects, or with `as_columns` as an object of lists. Prices and source are looked up only for
-- `symbols` whose reference data do not say.
with wanted as (
    select
        asked.symbol,
        instruments.asset_class,
        instruments.base,
        instruments.quote,
        instruments.price_scale,
        coalesce(
            instruments.calendar,
            case
                when %(symbols)s::text [] is null
                    then (
                        select calendar from market.sources
                        where source = instruments.primary_source
                    )
                else market.own_calendar(asked.symbol, market.default_source(asked.symbol))
            end
        ) as calendar,
        case
            when position(':' in asked.symbol) > 1 then split_part(asked.symbol, ':', 1) else ''
        end
        as exchange
    from (
        select symbol from market.instruments where %(symbols)s::text [] is null
        union all
        select unnest(%(symbols)s::text [])
    ) as asked
    left join market.instruments
        on instruments.symbol = case
            when %(symbols)s::text [] is null then asked.symbol
            else market.instrument_of(asked.symbol)
        end
),

calendars as materialized (
    select
        used.calendar,
        hours.zone,
        case
            when used.calendar = '24/7' then '24x7'
            else to_char(hours.opens, 'HH24MI') || '-' || to_char(hours.closes, 'HH24MI')
        end as hours
    from (select distinct calendar from wanted where calendar is not null) as used
    cross join lateral market.hours_of(used.calendar) as hours
),

described as materialized (
    select
        wanted.symbol as ticker,
        wanted.exchange,
        case
            when wanted.exchange = '' then wanted.symbol
            else substr(wanted.symbol, length(wanted.exchange) + 2)
        end as name, -- noqa: RF04
        coalesce(wanted.base || ' / ' || wanted.quote, wanted.symbol) as description,
        coalesce(
            case wanted.asset_class when 'equity' then 'stock' when 'fx' then 'forex' end,
            wanted.asset_class,
            ''
        ) as type, -- noqa: RF04
        coalesce(calendars.hours, '24x7') as session,
        coalesce(calendars.zone, 'Etc/UTC') as timezone,
        (
            10 ^ least(
                coalesce(
                    wanted.price_scale,
                    seen.decimals,
                    case
                        when %(symbols)s::text [] is not null
                            then market.price_scale_of(wanted.symbol)
                    end,
                    8
                ),
                10
            )
        )::bigint as pricescale,
        coalesce(calendars.hours, '24x7') = '24x7' as always_open,
        case
            when coalesce(calendars.hours, '24x7') = '24x7' then %(minutes)s::json
            -- sessions begin at half past: the chart makes wider bars itself, from their start
            else %(minutes_of_sessions)s::json
        end as minutes
    from wanted
    left join calendars on wanted.calendar = calendars.calendar
    left join lateral (
        select max(scale(trim_scale(price))) as decimals
        from market.bar_page(
            array[wanted.symbol], '1m', max_bars => 100, newest_first => true
        ) as bars
        cross join lateral (
            values (bars.open), (bars.high), (bars.low), (bars.close)
        ) as prices (price)
        where %(symbols)s::text [] is not null and wanted.price_scale is null
    ) as seen on true
    where %(exchange)s::text is null or wanted.exchange = %(exchange)s::text
)

select json_strip_nulls(case
    when %(as_columns)s::boolean then (
        select
            json_build_object(
                'symbol', coalesce(json_agg(ticker order by ticker), '[]'),
                'ticker', coalesce(json_agg(ticker order by ticker), '[]'),
                'description', coalesce(json_agg(description order by ticker), '[]'),
                'exchange-listed', coalesce(json_agg(exchange order by ticker), '[]'),
                'exchange-traded', coalesce(json_agg(exchange order by ticker), '[]'),
                'type', coalesce(json_agg(type order by ticker), '[]'),
                'session-regular', coalesce(json_agg(session order by ticker), '[]'),
                'timezone', coalesce(json_agg(timezone order by ticker), '[]'),
                'minmovement', 1,
                'pricescale', coalesce(json_agg(pricescale order by ticker), '[]'),
                'has-intraday', true,
                'has-daily', true,
                'has-weekly-and-monthly', coalesce(json_agg(always_open order by ticker), '[]'),
                'intraday-multipliers', coalesce(json_agg(minutes order by ticker), '[]'),
                'supported-resolutions', %(resolutions)s::json,
                'volume-precision', 8
            )
        from described
    )
    else (
        select
            coalesce(
                json_agg(
                    json_build_object(
                        'ticker', ticker,
                        'name', name,
                        'full_name', ticker,
                        'description', description,
                        'type', type,
                        'exchange', exchange,
                        'listed_exchange', exchange,
                        'session', session,
                        'timezone', timezone,
                        'minmov', 1,
                        'pricescale', pricescale,
                        'has_intraday', true,
                        'has_seconds', true,
                        'seconds_multipliers', json_build_array('1'),
                        'intraday_multipliers', minutes,
                        'has_daily', true,
                        'has_weekly_and_monthly', always_open,
                        'supported_resolutions', %(resolutions)s::json,
                        'visible_plots_set', 'ohlcv',
                        'volume_precision', 8,
                        'format', 'price',
                        'data_status', 'streaming'
                    )
                    order by ticker
                ),
                '[]'
            )
        from described
    )
end)::text
