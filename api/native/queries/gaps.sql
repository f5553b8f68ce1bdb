-- A page of gaps by symbol, {"SYMBOL":[{...}]}; gaps that begin together are on one page.
-- Columns: whether any symbol is known; the gaps; symbol, source and start of the last one, after
-- which the next page begins, null if there is no next page.
with page as materialized (
    select
        asked.symbol,
        series.source,
        gap.since,
        gap.until,
        gap.reason,
        gap.first_id,
        gap.last_id,
        dense_rank() over (order by asked.symbol, gap.since) as number -- noqa: RF04
    from unnest(%(symbols)s::text []) as asked (symbol)
    cross join lateral (
        select
            coalesce(
                %(source)s::text,
                case when asked.symbol = %(after_symbol)s::text then %(after_source)s::text end,
                market.default_source(asked.symbol)
            ) as source,
            case
                when asked.symbol = %(after_symbol)s::text then %(after_bucket)s::timestamptz
                else %(start)s::timestamptz
            end as since
    ) as series
    cross join lateral market.gaps(
        asked.symbol, series.source, series.since, %(end)s::timestamptz, %(price)s::text
    ) as gap
    where
        %(after_symbol)s::text is null or asked.symbol > %(after_symbol)s::text
        or (asked.symbol = %(after_symbol)s::text and gap.since > %(after_bucket)s::timestamptz)
),

edge as (
    select
        min(number) filter (where place > %(limit)s::integer) as beyond
    from (select number, row_number() over (order by number) as place from page) as places
    where number > 1
),

shown as (
    select page.*
    from page
    cross join edge
    where edge.beyond is null or page.number < edge.beyond
)

select
    exists(select from market.instruments where symbol = any(%(symbols)s::text []))
    or exists(select from market.names where symbol = any(%(symbols)s::text [])) as known,
    (
        select '{' || coalesce(string_agg(to_json(symbol) || ':[' || gaps || ']', ','), '') || '}'
        from (
            select
                symbol,
                string_agg(
                    '{"start":' || market.time_json(since, 0, %(ts)s::text, %(tz)s::text)
                    || ',"end":' || market.time_json(until, 0, %(ts)s::text, %(tz)s::text)
                    || ',"reason":' || to_json(reason)
                    || ',"first_id":' || coalesce(to_json(first_id)::text, 'null')
                    || ',"last_id":' || coalesce(to_json(last_id)::text, 'null') || '}',
                    ',' order by since, until, first_id
                ) as gaps
            from shown
            group by symbol
        ) as lists
    ) as gaps,
    last.symbol as last_symbol,
    last.source as last_source,
    last.since as last_since
from edge
left join lateral (
    select
        symbol,
        source,
        since
    from shown
    where edge.beyond is not null
    order by number desc
    limit 1
) as last on true
