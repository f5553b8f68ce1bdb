-- Bars by symbol, {"SYMBOL":[{...}]}: a page, or the newest of each, {"SYMBOL":{...}}, of a minute
-- that has ended. Of a single symbol what stands after its name, null if that is nothing.
-- Columns: the bars; whether there is a next page; symbol, source and bucket of the last bar, after
-- which it begins, null if there is none.
with found as (
    select *
    from market.bar_page(
        symbols => %(symbols)s::text [],
        timeframe => %(timeframe)s::text,
        since => %(start)s::timestamptz,
        until => case
            when %(latest)s::boolean then date_trunc('minute', now())
            else %(end)s::timestamptz
        end,
        source => %(source)s::text,
        max_bars => case when %(latest)s::boolean then 1 else %(limit)s::integer + 1 end,
        newest_first => %(newest_first)s::boolean,
        share => case when %(latest)s::boolean then 'each' else 'in turn' end,
        after_symbol => %(after_symbol)s::text,
        after_source => %(after_source)s::text,
        after_bucket => %(after_bucket)s::timestamptz,
        adjustment => %(adjustment)s::text
    ) with ordinality
),

page as materialized (
    select * from found
),

lists as (
    select
        page.symbol,
        string_agg(row_to_json(bar)::text, ',' order by page.ordinality) as bars
    from page
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
    where %(latest)s::boolean or page.ordinality <= %(limit)s::integer
    group by page.symbol
),

members as (
    select
        asked.name,
        case when %(latest)s::boolean then lists.bars else '[' || lists.bars || ']' end as value
    from lists
    inner join unnest(%(symbols)s::text [], %(names)s::text []) as asked (symbol, name)
        on lists.symbol = asked.symbol
)

select
    (
        select
            case
                when %(single)s::boolean then min(value)
                else
                    '{'
                    || coalesce(
                        string_agg(to_json(name)::text || ':' || value, ',' order by name), ''
                    )
                    || '}'
            end
        from members
    ) as bars,
    beyond.more,
    last.symbol as last_symbol,
    last.source as last_source,
    last.bucket as last_bucket
from (
    select max(ordinality) > %(limit)s::integer and not %(latest)s::boolean as more from page
) as beyond
left join page as last on beyond.more and last.ordinality = %(limit)s::integer
