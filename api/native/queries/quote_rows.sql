-- Quotes as a flat table; without a limit all, streamed.
with found as (
    select *
    from market.quote_page(
        symbols => %(symbols)s::text [],
        since => %(start)s::timestamptz,
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_events => %(limit)s::integer,
        newest_first => %(descending)s::boolean,
        since_ns => %(start_ns)s::smallint,
        until_ns => %(end_ns)s::smallint
    )
    where not %(newest)s::boolean
    union all
    select *
    from market.newest_quotes(
        symbols => %(symbols)s::text [],
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_events => %(limit)s::integer,
        until_ns => %(end_ns)s::smallint
    )
    where %(newest)s::boolean
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
from (select * from found) as page
