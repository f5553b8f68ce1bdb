-- A page of quotes of several symbols with one source, by symbol and time, as of the newest change,
-- which each row names: null before the first.
with page as materialized (
    select
        *,
        row_number() over () as row_number
    from market.quote_page(
        symbols => %(symbols)s::text [],
        since => %(start)s::timestamptz,
        source => %(source)s::text,
        max_events => %(limit)s::integer,
        after_symbol => %(after_symbol)s::text,
        after_source => %(after_source)s::text,
        after_ts => %(after_ts)s::timestamptz,
        after_ns => %(after_ns)s::smallint,
        after_seq => %(after_seq)s::bigint,
        after_tick_id => %(after_tick_id)s::text,
        after_ties => %(after_ties)s::integer,
        since_ns => %(start_ns)s::smallint
    )
)

select
    newest.number as next_number,
    newest.mark as next_mark,
    event.*
from (values (true)) as one
left join market.newest_change() as newest on true
left join (
    select
        found.row_number,
        found.symbol,
        found.source,
        found.ts,
        found.ns,
        found.seq,
        found.tick_id,
        array(
            select
                market.quote_json(
                    found.ts, found.ns, found.bid, found.bid_size, found.ask, found.ask_size,
                    found.exchange, found.conditions, found.tick_id, found.tape, style, null,
                    as_strings
                )
            from unnest(%(styles)s::text [], %(strings)s::boolean []) with ordinality
                as form (style, as_strings, place)
            order by place
        ) as bodies
    from page as found
) as event on true
order by event.row_number
