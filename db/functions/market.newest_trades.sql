create or replace function market.newest_trades(
    symbols text [],
    until timestamptz default 'infinity',
    source text default null,
    max_events integer default 1000,
    until_ns smallint default 0
) returns setof market.trade_event
language sql stable parallel safe
as $$
    with edge as materialized ( -- from this moment on there are at least max_events of them
        select ts
        from market.trade_page(
            symbols => $1,
            until => $2,
            source => $3,
            max_events => ceil($4 / cardinality($1)::numeric)::integer,
            newest_first => true,
            share => 'each',
            until_ns => $5
        )
        order by ts desc
        limit 1
        offset $4 - 1
    ),
    page as materialized (
        select
            *,
            row_number() over () as number
        from market.trade_page(
            symbols => $1,
            since => coalesce((select ts from edge where cardinality($1) > 1), '-infinity'),
            until => $2,
            source => $3,
            max_events => $4,
            newest_first => true,
            share => 'each',
            until_ns => $5
        )
    ),
    newest as (
        select *
        from page
        order by ts desc, ns desc, number
        limit $4
    )
    select
        symbol,
        source,
        ts,
        ns,
        seq,
        tick_id,
        price,
        size,
        side,
        exchange,
        tape,
        conditions,
        received_at
    from newest
    order by symbol, number desc
$$;

comment on function market.newest_trades is
'The newest max_events trades of several symbols together, ts < until, by symbol, then as
market.trade_page() orders them.';

revoke execute on function market.newest_trades from public;
grant execute on function market.newest_trades to stockpulse_reader;
