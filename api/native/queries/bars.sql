-- A page of bars by symbol, {"SYMBOL":[{...}]}; where `share` is each, {"SYMBOL":{...}}.
-- Columns: whether any symbol is known; the bars; symbol, source and bucket of the last bar, after
-- which the next page begins, null if there is no next page; the bucket of the last bar of a page
-- that is full; symbols and their sources.
-- Bars of a series are final up to some bucket, so they are not compared one by one.
with found as (
    select *
    from market.bar_page(
        symbols => %(symbols)s::text [],
        timeframe => %(timeframe)s::text,
        since => %(start)s::timestamptz,
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_bars => %(limit)s::integer + case when %(share)s::text = 'each' then 0 else 1 end,
        newest_first => %(newest_first)s::boolean,
        share => %(share)s::text,
        after_symbol => %(after_symbol)s::text,
        after_source => %(after_source)s::text,
        after_bucket => %(after_bucket)s::timestamptz,
        price => %(price)s::text,
        adjustment => %(adjustment)s::text,
        vendor => %(vendor)s::boolean,
        known_sources => %(known_sources)s::text []
    ) with ordinality
),

page as (
    select * from found
),

lists as (
    select
        page.symbol,
        max(page.source) as source,
        max(page.ordinality) as last_number,
        max(page.bucket) filter (where page.ordinality = %(limit)s::integer) as last_bucket,
        case
            when %(price)s::text <> 'trade' or count(page.mean_spread) > 0 then 'quote'
            else 'trade'
        end as event_kind,
        array_agg(
            '{"t":' || market.time_json(page.bucket, 0, %(ts)s::text, %(tz)s::text)
            || %(o)s::text || page.open || %(h)s::text || page.high
            || %(l)s::text || page.low || %(c)s::text || page.close
            || %(v)s::text || coalesce(page.volume, 0) || %(quote)s::text
            || coalesce(',"n":' || page.tick_count, ',"n":null')
            || coalesce(%(vw)s::text || trim_scale(page.vwap) || %(quote)s::text, ',"vw":null')
            || coalesce(%(sp)s::text || trim_scale(page.mean_spread) || %(quote)s::text, '')
            || coalesce(',"vendor":' || to_json(page.vendor), '')
            order by %(direction)s::integer * page.ordinality
        ) filter (
            where page.ordinality <= %(limit)s::integer or %(share)s::text = 'each'
        ) as bars,
        array_agg(page.bucket order by %(direction)s::integer * page.ordinality) filter (
            where page.ordinality <= %(limit)s::integer or %(share)s::text = 'each'
        ) as buckets
    from page
    group by page.symbol
),

written as (
    select
        lists.symbol,
        lists.source,
        lists.last_number,
        lists.last_bucket,
        lists.bars is not null as has_bars,
        concat_ws(
            ',',
            array_to_string(nullif(lists.bars[:head.size], '{}'), head.closing || ',')
            || head.closing,
            array_to_string(nullif(lists.bars[head.size + 1:], '{}'), head.others || ',')
            || head.others
        ) as text
    from lists
    cross join lateral (
        select
            least(
                now(), market.awaited_from(lists.symbol, lists.source, lists.event_kind)
            ) - %(width)s::interval as last_final
        limit 1
    ) as series
    cross join lateral (
        select
            count(*) filter (
                where (bucket <= series.last_final) <> %(descending)s::boolean
            )::integer as size,
            case
                when %(descending)s::boolean then ',"final":false}' else ',"final":true}'
            end as closing,
            case
                when %(descending)s::boolean then ',"final":true}' else ',"final":false}'
            end as others
        from unnest(lists.buckets) as bucket
    ) as head
),

whole as (
    select
        coalesce(
            string_agg(
                to_json(symbol)::text || case
                    when %(share)s::text = 'each' then ':' || text
                    else ':[' || text || ']'
                end,
                ',' order by symbol
            ) filter (where has_bars),
            ''
        ) as bars,
        max(last_number) > %(limit)s::integer and %(share)s::text = 'in turn' as more,
        max(symbol) filter (where last_bucket is not null) as last_symbol,
        max(source) filter (where last_bucket is not null) as last_source,
        max(last_bucket) as last_bucket,
        array_agg(array[symbol, source]) as sources
    from written
)

select
    exists(select from market.instruments where symbol = any(%(symbols)s::text []))
    or exists(select from market.names where symbol = any(%(symbols)s::text [])) as known,
    '{' || whole.bars || '}' as bars,
    case when whole.more then whole.last_symbol end as last_symbol,
    case when whole.more then whole.last_source end as last_source,
    case when whole.more then whole.last_bucket end as last_bucket,
    whole.last_bucket as edge,
    whole.sources
from whole
