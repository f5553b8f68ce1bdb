-- A page of bars as a flat table, in the order of a page in JSON.
with found as (
    select
        one.*,
        null::timestamptz as ends_at
    from market.bar_page(
        symbols => %(symbols)s::text [],
        timeframe => %(timeframe)s::text,
        since => %(start)s::timestamptz,
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_bars => %(limit)s::integer,
        newest_first => %(newest_first)s::boolean,
        share => %(share)s::text,
        price => %(price)s::text,
        adjustment => %(adjustment)s::text,
        vendor => %(vendor)s::boolean
    ) as one
    where %(fill)s::text = 'none' and %(session)s::text = 'all'
    union all
    select
        (shown.bar).*,
        shown.ends_at
    from market.shown_page(
        %(symbols)s::text [],
        %(timeframe)s::text,
        %(start)s::timestamptz,
        %(end)s::timestamptz,
        %(source)s::text,
        %(limit)s::integer,
        %(newest_first)s::boolean,
        %(share)s::text,
        null,
        null,
        null,
        %(price)s::text,
        %(adjustment)s::text,
        %(vendor)s::boolean,
        %(fill)s::text,
        %(session)s::text
    ) as shown
    where %(fill)s::text <> 'none' or %(session)s::text <> 'all'
),

settled as materialized ( -- else it would be looked up for each bar
    select
        asked.symbol,
        market.settled_until(asked.symbol, %(source)s::text, %(price)s::text) as until
    from unnest(%(symbols)s::text []) as asked (symbol)
)

select
    bars.symbol,
    bars.bucket as t,
    bars.open as o,
    bars.high as h,
    bars.low as l,
    bars.close as c,
    case when bars.open is not null then coalesce(bars.volume, 0) end as v,
    bars.tick_count as n,
    trim_scale(bars.vwap) as vw,
    trim_scale(bars.mean_spread) as sp,
    bars.vendor,
    span.end_at <= settled.until
    and not coalesce(
        %(pending)s::tstzmultirange && tstzrange(bars.bucket, span.end_at), false
    ) as final -- noqa: RF04
from (select * from found) as bars
inner join settled on bars.symbol = settled.symbol
cross join lateral (
    select coalesce(bars.ends_at, bars.bucket + %(width)s::interval) as end_at
) as span
order by
    bars.symbol,
    case when %(descending)s::boolean then bars.bucket end desc,
    bars.bucket
