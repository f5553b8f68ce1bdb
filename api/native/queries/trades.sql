-- A page of trades by symbol, or the newest of all symbols together, {"SYMBOL":[{...}]}.
-- Further columns: the last one, after which the next page begins, and how many of the trades that
-- have its position have been given; null if there is no next page. The last column is the time of
-- the oldest of the newest trades; null if there are fewer than asked for.
with found as (
    select *
    from market.trade_page(
        symbols => %(symbols)s::text [],
        since => %(start)s::timestamptz,
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_events => %(limit)s::integer + 1,
        newest_first => %(descending)s::boolean,
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
    where not %(newest)s::boolean
    union all
    select *
    from market.newest_trades(
        symbols => %(symbols)s::text [],
        until => %(end)s::timestamptz,
        source => %(source)s::text,
        max_events => %(limit)s::integer,
        until_ns => %(end_ns)s::smallint
    )
    where %(newest)s::boolean
),

page as materialized (
    select
        *,
        row_number() over () as number
    from (select * from found) as found
),

lists as (
    select
        symbol,
        string_agg(
            market.trade_json(
                ts, ns, price, size, side, exchange,
                conditions, tick_id, tape, %(ts)s::text, %(tz)s::text,
                %(as_strings)s::boolean
            ),
            ',' order by number
        ) as events
    from page
    where number <= %(limit)s::integer
    group by symbol
),

last as (
    select *
    from page
    where number = %(limit)s::integer
        and exists (select from page where number > %(limit)s::integer)
)

select
    (
        select
            '{'
            || coalesce(
                string_agg(to_json(symbol)::text || ':[' || events || ']', ',' order by symbol), ''
            )
            || '}'
        from lists
    ) as events,
    last.symbol,
    last.source,
    last.ts,
    last.ns,
    last.seq,
    last.tick_id,
    (
        select count(*)
        from page
        where number <= %(limit)s::integer and symbol = last.symbol
            and ts = last.ts and ns = last.ns and seq = last.seq
            and tick_id is not distinct from last.tick_id
    )::integer as ties,
    (
        select min(ts)
        from page
        having %(newest)s::boolean and count(*) = %(limit)s::integer
    ) as oldest
from (values (true)) as one
left join last on true
