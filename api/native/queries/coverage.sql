-- A page of stretches by symbol, {"SYMBOL":[{...}]}.
-- Columns: whether any symbol is known; the stretches; symbol, source and end of the last one,
-- after which the next page begins, null if there is no next page.
with page as materialized (
    select
        asked.symbol,
        series.source,
        stretch.since,
        stretch.until,
        stretch.state,
        row_number() over (order by asked.symbol, stretch.since) as number -- noqa: RF04
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
    cross join lateral market.coverage(
        symbol => asked.symbol,
        timeframe => %(timeframe)s::text,
        since => series.since,
        until => %(end)s::timestamptz,
        source => series.source,
        price => %(price)s::text
    ) as stretch
    where %(after_symbol)s::text is null or asked.symbol >= %(after_symbol)s::text
    order by asked.symbol, stretch.since
    limit %(limit)s::integer + 1
)

select
    exists(select from market.instruments where symbol = any(%(symbols)s::text []))
    or exists(select from market.names where symbol = any(%(symbols)s::text [])) as known,
    (
        select
            '{' || coalesce(string_agg(to_json(symbol) || ':[' || stretches || ']', ','), '')
            || '}'
        from (
            select
                symbol,
                string_agg(
                    '{"start":' || market.time_json(since, 0, %(ts)s::text, %(tz)s::text)
                    || ',"end":' || market.time_json(until, 0, %(ts)s::text, %(tz)s::text)
                    || ',"state":' || to_json(state) || '}',
                    ',' order by since
                ) as stretches
            from page
            where number <= %(limit)s::integer
            group by symbol
        ) as lists
    ) as stretches,
    last.symbol as last_symbol,
    last.source as last_source,
    last.until as last_until
from (select max(number) > %(limit)s::integer as more from page) as beyond
left join page as last on beyond.more and last.number = %(limit)s::integer
