-- Quotes by symbol, {"SYMBOL":[{...}]}: a page, or the newest of each, {"SYMBOL":{...}}. Of a
-- single symbol what stands after its name, null if that is nothing.
-- Further columns: the last one, after which the next page begins, and how many of the page have
-- its position; null if there is no next page.
with found as (
    select *
    from market.quote_page(
        symbols => %(symbols)s::text [],
        since => %(start)s::timestamptz,
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_events => case when %(latest)s::boolean then 1 else %(limit)s::integer + 1 end,
        newest_first => %(newest_first)s::boolean,
        share => case when %(latest)s::boolean then 'each' else 'in turn' end,
        after_symbol => %(after_symbol)s::text,
        after_source => %(after_source)s::text,
        after_ts => %(after_ts)s::timestamptz,
        after_ns => %(after_ns)s::smallint,
        after_seq => %(after_seq)s::bigint,
        after_tick_id => %(after_tick_id)s::text,
        after_ties => %(after_ties)s::integer,
        since_ns => %(start_ns)s::smallint,
        until_ns => %(end_ns)s::smallint
    )
),

page as materialized (
    select
        *,
        row_number() over () as ordinality
    from (select * from found) as found
),

lists as (
    select
        page.symbol,
        string_agg(row_to_json(quote)::text, ',' order by page.ordinality) as quotes
    from page
    cross join lateral (
        select
            market.time_json(page.ts, page.ns)::json as t,
            case
                when page.ask is not null
                    then coalesce(nullif(split_part(page.exchange, '/', 2), ''), page.exchange)
            end as ax,
            coalesce(page.ask, 0) as ap,
            coalesce(page.ask_size, 0) as "as",
            case when page.bid is not null then split_part(page.exchange, '/', 1) end as bx,
            coalesce(page.bid, 0) as bp,
            coalesce(page.bid_size, 0) as bs,
            coalesce(page.conditions, '{}') as c,
            page.tape as z
    ) as quote
    where %(latest)s::boolean or page.ordinality <= %(limit)s::integer
    group by page.symbol
),

members as (
    select
        asked.name,
        case when %(latest)s::boolean then lists.quotes else '[' || lists.quotes || ']' end as value
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
    ) as quotes,
    last.symbol as last_symbol,
    last.source as last_source,
    last.ts as last_ts,
    last.ns as last_ns,
    last.seq as last_seq,
    last.tick_id as last_tick_id,
    (
        select count(*) from page
        where
            page.ordinality <= %(limit)s::integer and page.symbol = last.symbol
            and (page.ts, page.ns, page.seq) = (last.ts, last.ns, last.seq)
            and page.tick_id is not distinct from last.tick_id
    ) as ties
from (
    select max(ordinality) > %(limit)s::integer and not %(latest)s::boolean as more from page
) as beyond
left join page as last on beyond.more and last.ordinality = %(limit)s::integer
