-- Bars of many series, one after the other, each in order of time; at least one row for a series
-- that is known. `texts` has the members of a bar in the JSON of /v1/bars, one per display. Where
-- `gone` is true a bucket without a bar has a row too, without prices; `cut_at` is where such a
-- range was cut if it has more than `most` buckets.
with asked as materialized (
    select
        found.*,
        (%(gone)s::boolean [])[found.number] as with_gone,
        case
            when (%(gone)s::boolean [])[found.number]
                then nullif(
                    least(found.until, found.since + %(most)s::integer * found.width), found.until
                )
        end as cut_at
    from market.stream_series(
        %(symbols)s::text [],
        %(sources)s::text [],
        %(prices)s::text [],
        %(timeframes)s::text [],
        %(sinces)s::timestamptz [],
        %(untils)s::timestamptz []
    ) as found
),

series as materialized (
    select
        asked.number,
        asked.symbol,
        asked.source,
        asked.price,
        asked.timeframe,
        asked.width,
        asked.since,
        coalesce(asked.cut_at, asked.until) as until,
        asked.settled,
        asked.pending,
        asked.with_gone,
        asked.cut_at
    from asked
),

bars as materialized (
    select
        made.number,
        made.ends_at,
        (made.bar).*
    from (
        select
            array_agg(series.number) as numbers,
            array_agg(series.symbol) as symbols,
            array_agg(series.source) as sources,
            array_agg(series.price) as prices,
            array_agg(series.timeframe) as timeframes,
            array_agg(series.since) as sinces,
            array_agg(series.until) as untils
        from series
    ) as lists
    cross join lateral market.stream_bars(
        lists.numbers, lists.symbols, lists.sources, lists.prices,
        lists.timeframes, lists.sinces, lists.untils, %(most)s::integer
    ) as made
),

gone as (
    select
        series.number,
        slot.bucket,
        slot.bucket + series.width as ends_at
    from series
    cross join lateral generate_series(
        series.since, series.until - interval '1 microsecond', series.width
    ) as slot (bucket)
    where series.with_gone
        and not exists (
            select from bars
            where bars.number = series.number and bars.bucket = slot.bucket
        )
)

select
    series.number,
    series.source,
    series.price,
    series.settled,
    series.pending,
    series.cut_at,
    found.bucket,
    found.ends_at,
    found.is_gone,
    found.texts
from series
left join (
    select
        bars.number,
        bars.bucket,
        bars.ends_at,
        false as is_gone,
        array(
            select
                '"t":' || market.time_json(bars.bucket, 0, display.ts, display.tz)
                || ',"o":' || market.decimal_json(bars.open, display.as_strings)
                || ',"h":' || market.decimal_json(bars.high, display.as_strings)
                || ',"l":' || market.decimal_json(bars.low, display.as_strings)
                || ',"c":' || market.decimal_json(bars.close, display.as_strings)
                || ',"v":' || market.decimal_json(coalesce(bars.volume, 0), display.as_strings)
                || ',"n":' || coalesce(bars.tick_count::text, 'null')
                || ',"vw":' || market.decimal_json(trim_scale(bars.vwap), display.as_strings)
                || case
                    when bars.mean_spread is null then ''
                    else ',"sp":' || market.decimal_json(
                        trim_scale(bars.mean_spread), display.as_strings
                    )
                end
            from unnest(
                %(styles)s::text [], %(zones)s::text [], %(as_strings)s::boolean []
            ) with ordinality as display (ts, tz, as_strings, place)
            order by display.place
        ) as texts
    from bars
    union all
    select
        gone.number,
        gone.bucket,
        gone.ends_at,
        true,
        array(
            select
                '"t":' || market.time_json(gone.bucket, 0, display.ts, display.tz)
                || ',"o":null,"h":null,"l":null,"c":null,"v":null,"n":0,"vw":null'
            from unnest(%(styles)s::text [], %(zones)s::text [])
            with ordinality as display (ts, tz, place)
            order by display.place
        )
    from gone
) as found
    on series.number = found.number
order by series.number, found.ends_at
