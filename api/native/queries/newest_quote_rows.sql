-- The newest quotes of all symbols together as a flat table, ascending.
with edge as materialized ( -- from this moment on there are at least `limit` of them
    select ts
    from market.quote_page(
        symbols => %(symbols)s::text [],
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_events => ceil(
            %(limit)s::integer / cardinality(%(symbols)s::text [])::numeric
        )::integer,
        newest_first => true,
        share => 'each',
        until_ns => %(end_ns)s::smallint
    )
    order by ts desc
    limit 1
    offset %(limit)s::integer - 1
),

page as materialized (
    select
        *,
        row_number() over () as number
    from market.quote_page(
        symbols => %(symbols)s::text [],
        since => coalesce(
            (select ts from edge where cardinality(%(symbols)s::text []) > 1), '-infinity'
        ),
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_events => %(limit)s::integer,
        newest_first => true,
        share => 'each',
        until_ns => %(end_ns)s::smallint
    )
),

newest as (
    select *
    from page
    order by ts desc, ns desc, number
    limit %(limit)s::integer
)

select
    symbol,
    ts as t,
    ns,
    bid as bp,
    bid_size as bs,
    ask as ap,
    ask_size as "as",
    exchange as x,
    conditions as c,
    tick_id as i,
    tape as z
from newest
order by symbol, number desc
