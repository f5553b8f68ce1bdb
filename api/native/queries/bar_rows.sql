-- Bars as a flat table, symbol by symbol: a call holds all that it returns.
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
from unnest(%(symbols)s::text []) as asked (symbol)
cross join lateral (
    select market.settled_until(asked.symbol, %(source)s::text, %(price)s::text) as until
    limit 1
) as settled
cross join lateral (
    select
        one.*,
        null::timestamptz as ends_at
    from market.bar_page(
        symbols => array[asked.symbol],
        timeframe => %(timeframe)s::text,
        since => %(start)s::timestamptz,
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_bars => null,
        newest_first => %(newest_first)s::boolean,
        share => 'in turn',
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
        array[asked.symbol],
        %(timeframe)s::text,
        %(start)s::timestamptz,
        %(end)s::timestamptz,
        %(source)s::text,
        null,
        %(newest_first)s::boolean,
        'in turn',
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
) as bars
cross join lateral (
    select coalesce(bars.ends_at, bars.bucket + %(width)s::interval) as end_at
) as span
