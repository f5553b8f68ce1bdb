-- A page of bars by symbol, {"SYMBOL":[{...}]}.
-- Columns: whether any symbol is known; the bars; symbol, source and bucket of the last bar, after
-- which the next page begins, null if there is no next page.
with page as materialized (
    select *
    from market.bar_page(
        symbols => %(symbols)s::text [],
        timeframe => %(timeframe)s::text,
        since => %(start)s::timestamptz,
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_bars => %(limit)s::integer + 1,
        newest_first => %(newest_first)s::boolean,
        share => %(share)s::text,
        after_symbol => %(after_symbol)s::text,
        after_source => %(after_source)s::text,
        after_bucket => %(after_bucket)s::timestamptz,
        price => %(price)s::text,
        adjustment => %(adjustment)s::text,
        vendor => %(vendor)s::boolean
    ) with ordinality
),

lists as (
    select
        page.symbol,
        string_agg(
            case
                when page.mean_spread is null and page.vendor is null
                    then row_to_json(bar)::text
                else
                    left(row_to_json(bar)::text, -1)
                    || coalesce(',"sp":' || trim_scale(page.mean_spread), '')
                    || coalesce(',"vendor":' || to_json(page.vendor), '') || '}'
            end,
            ',' order by case when %(descending)s::boolean then page.bucket end desc, page.bucket
        ) as bars
    from page
    cross join lateral (
        select
            to_char(page.bucket at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as t,
            page.open as o,
            page.high as h,
            page.low as l,
            page.close as c,
            coalesce(page.volume, 0) as v,
            page.tick_count as n,
            trim_scale(page.vwap) as vw
    ) as bar
    where page.ordinality <= %(limit)s::integer
    group by page.symbol
)

select
    exists(select from market.instruments where symbol = any(%(symbols)s::text []))
    or exists(select from market.names where symbol = any(%(symbols)s::text [])) as known,
    (
        select
            '{'
            || coalesce(
                string_agg(to_json(symbol)::text || ':[' || bars || ']', ',' order by symbol), ''
            )
            || '}'
        from lists
    ) as bars,
    last.symbol as last_symbol,
    last.source as last_source,
    last.bucket as last_bucket
from (
    select max(ordinality) > %(limit)s::integer and %(share)s::text = 'in turn' as more from page
) as beyond
left join page as last on beyond.more and last.ordinality = %(limit)s::integer
