-- Instruments by how well they match, then by symbol, [{...}]; with query null all, by symbol.
-- Further columns: rank and symbol of the last one, after which the next page begins, null if there
-- is no next page.
with asked as (
    select
        upper(%(query)s::text) as text,
        translate(upper(%(query)s::text), '/-_:. ', '') as key -- noqa: RF04
),

spelled as (
    select
        instruments.*,
        translate(
            upper(substr(instruments.symbol, strpos(instruments.symbol, ':') + 1)), '/-_:. ', ''
        ) as name
    from market.instruments
),

ranked as (
    select
        spelled.*,
        case
            when asked.text is null then 0
            when upper(spelled.symbol) = asked.text then 0
            when spelled.name = asked.key then 1
            when upper(spelled.base || spelled.quote) = asked.key then 1
            when exists (
                select from market.names
                where names.instrument = spelled.symbol and upper(names.symbol) = asked.text
            ) then 1
            when upper(spelled.base) = asked.text then 2
            when asked.key <> '' and starts_with(spelled.name, asked.key) then 3
            when starts_with(upper(spelled.symbol), asked.text) then 4
            when asked.key <> '' and strpos(spelled.name, asked.key) > 0 then 5
            when strpos(upper(spelled.symbol), asked.text) > 0 then 6
            when upper(spelled.quote) = asked.text then 7
        end as rank
    from spelled
    cross join asked
),

page as materialized (
    select
        ranked.*,
        row_number() over (order by ranked.rank, ranked.symbol) as number
    from ranked
    where ranked.rank is not null and (
        %(after_symbol)s::text is null
        or ranked.rank > %(after_rank)s::integer
        or ranked.rank = %(after_rank)s::integer and ranked.symbol > %(after_symbol)s::text
    )
    order by ranked.rank, ranked.symbol
    limit %(limit)s::integer + 1
)

select
    (
        select '[' || coalesce(string_agg(row_to_json(instrument)::text, ',' order by number), '')
            || ']'
        from page
        cross join lateral (
            select
                page.symbol,
                page.asset_class,
                coalesce(page.base, (market.pair_of(page.symbol))[1]) as base,
                coalesce(page.quote, (market.pair_of(page.symbol))[2]) as quote,
                page.price_scale,
                page.primary_source,
                page.calendar,
                coalesce(market.aliases_of(page.symbol, page.base, page.quote), '{}') as aliases,
                market.time_json(page.first_seen_at)::json as first_seen_at,
                market.time_json(page.last_seen_at)::json as last_seen_at
        ) as instrument
        where page.number <= %(limit)s::integer
    ) as instruments,
    last.rank,
    last.symbol
from (select max(number) > %(limit)s::integer as more from page) as beyond
left join page as last on beyond.more and last.number = %(limit)s::integer
