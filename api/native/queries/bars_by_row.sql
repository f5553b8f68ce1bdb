-- A page of bars by symbol, {"SYMBOL":[{...}]}; where `share` is each, {"SYMBOL":{...}}.
-- Columns: whether any symbol is known; the bars; symbol, source and bucket of the last bar, after
-- which the next page begins, null if there is no next page; the bucket of the last bar of a page
-- that is full.
-- Other than in bars.sql, each bar is looked at by itself: buckets may be filled or those of
-- sessions, history may be pending, and the coverage of each may be shown.
with found as (
    select
        bars.*,
        null::timestamptz as ends_at
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
        vendor => %(vendor)s::boolean
    ) with ordinality as bars
    where %(fill)s::text = 'none' and %(session)s::text = 'all'
    union all
    select
        (shown.bar).*,
        shown.ordinality,
        shown.ends_at
    from market.shown_page(
        %(symbols)s::text [],
        %(timeframe)s::text,
        %(start)s::timestamptz,
        %(end)s::timestamptz,
        %(source)s::text,
        %(limit)s::integer + case when %(share)s::text = 'each' then 0 else 1 end,
        %(newest_first)s::boolean,
        %(share)s::text,
        %(after_symbol)s::text,
        %(after_source)s::text,
        %(after_bucket)s::timestamptz,
        %(price)s::text,
        %(adjustment)s::text,
        %(vendor)s::boolean,
        %(fill)s::text,
        %(session)s::text
    ) with ordinality as shown
    where %(fill)s::text <> 'none' or %(session)s::text <> 'all'
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
            || coalesce(
                %(o)s::text || page.open || %(h)s::text || page.high
                || %(l)s::text || page.low || %(c)s::text || page.close
                || %(v)s::text || coalesce(page.volume, 0) || %(quote)s::text,
                ',"o":null,"h":null,"l":null,"c":null,"v":null'
            )
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
        ) as buckets,
        array_agg(page.ends_at order by %(direction)s::integer * page.ordinality) filter (
            where page.ordinality <= %(limit)s::integer or %(share)s::text = 'each'
        ) as ends
    from page
    group by page.symbol
),

settled as materialized (
    select
        lists.*,
        least(now(), market.awaited_from(lists.symbol, lists.source, lists.event_kind)) as until
    from lists
    where lists.bars is not null
),

written as (
    select
        settled.*,
        (
            select
                string_agg(
                    concat(
                        bar.text,
                        case
                            when span.end_at <= settled.until
                                and not coalesce(
                                    %(pending)s::tstzmultirange
                                    && tstzrange(bar.bucket, span.end_at),
                                    false
                                )
                                then ',"final":true'
                            else ',"final":false'
                        end,
                        ',"coverage":' || to_json(bar.state),
                        '}'
                    ),
                    ',' order by bar.number
                )
            from unnest(
                settled.bars, settled.buckets, settled.ends,
                case
                    when %(coverage)s::boolean
                        then market.bar_states(
                            settled.symbol, %(states_of)s::text, settled.source,
                            %(price)s::text, settled.buckets,
                            array(
                                select coalesce(bar.end_at, bar.bucket + %(width)s::interval)
                                from unnest(settled.buckets, settled.ends)
                                    as bar (bucket, end_at)
                            )
                        )
                end
            ) with ordinality as bar (text, bucket, end_at, state, number)
            cross join lateral (
                select coalesce(bar.end_at, bar.bucket + %(width)s::interval) as end_at
            ) as span
        ) as text
    from settled
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
            ),
            ''
        ) as bars,
        max(symbol) filter (where last_bucket is not null) as last_symbol,
        max(source) filter (where last_bucket is not null) as last_source,
        max(last_bucket) as last_bucket
    from written
),

beyond as (
    select max(last_number) > %(limit)s::integer and %(share)s::text = 'in turn' as more from lists
)

select
    exists(select from market.instruments where symbol = any(%(symbols)s::text []))
    or exists(select from market.names where symbol = any(%(symbols)s::text [])) as known,
    '{' || whole.bars || '}' as bars,
    case when beyond.more then whole.last_symbol end as last_symbol,
    case when beyond.more then whole.last_source end as last_source,
    case when beyond.more then whole.last_bucket end as last_bucket,
    whole.last_bucket as edge
from whole
cross join beyond
