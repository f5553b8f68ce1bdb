-- The newest trades of a symbol, newest first, or the mids of a series that has quotes alone; no
-- row if the symbol is unknown.
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
    select trades.*
    from series
    cross join market.segments_of(series.symbol) as segment
    cross join lateral (
        select
            ts,
            ns,
            seq,
            tick_id,
            price,
            size
        from market.trades
        where
            symbol = segment.symbol and source = series.source
            and ts >= segment.since and ts < segment.until
        order by ts desc, ns desc, seq desc, tick_id desc
        limit %(limit)s::integer
    ) as trades
),

mids as (
    select quotes.*
    from series
    cross join market.segments_of(series.symbol) as segment
    cross join lateral (
        select
            ts,
            ns,
            seq,
            tick_id,
            (bid + ask) * 0.5 as price,
            null::numeric as size
        from market.quotes
        where
            symbol = segment.symbol and source = series.source
            and ts >= segment.since and ts < segment.until
            and bid is not null and ask is not null
        order by ts desc, ns desc, seq desc, tick_id desc
        limit %(limit)s::integer
    ) as quotes
    where not exists (select from trades)
),

newest as (
    select *
    from (
        select * from trades
        union all
        select * from mids
    ) as ticks
    order by ts desc, ns desc, seq desc, tick_id desc
    limit %(limit)s::integer
)

select row_to_json(answer)::text
from series
cross join lateral (
    select
        series.symbol,
        count(*) as count, -- noqa: RF04
        coalesce(
            array_agg(
                row_to_json(tick)
                order by newest.ts desc, newest.ns desc, newest.seq desc, newest.tick_id desc
            ),
            '{}'
        ) as ticks
    from newest
    cross join lateral (
        select
            series.symbol,
            newest.price,
            newest.size as volume,
            rtrim(
                rtrim(to_char(newest.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.'
            ) || 'Z' as event_time
    ) as tick
) as answer
