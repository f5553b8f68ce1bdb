-- Wider candles for wider windows, so that it never reads more than some 500 a symbol.
create or replace function market.movers(
    "window" interval default '1 day',
    "limit" integer default 10,
    until timestamptz default now()
) returns table (symbol text, source text, open numeric, close numeric, change_pct numeric)
language sql stable parallel safe
as $$
    with candles as (
        select symbol, source, bucket, open, close
        from market.candles_1m
        where $1 <= interval '6 hours' and bucket >= $3 - $1 and bucket < $3
        union all
        select symbol, source, bucket, open, close
        from market.candles_30m
        where $1 > interval '6 hours' and $1 <= interval '10 days'
            and bucket >= $3 - $1 and bucket < $3
        union all
        select symbol, source, bucket, open, close
        from market.candles_1d
        where $1 > interval '10 days' and bucket >= $3 - $1 and bucket < $3
    ),
    moved as materialized (
        select
            symbol,
            source,
            (array_agg(open order by bucket))[1] as open,
            (array_agg(close order by bucket desc))[1] as close
        from candles
        group by symbol, source
    )
    select
        moved.symbol,
        moved.source,
        moved.open,
        moved.close,
        round((moved.close - moved.open) * 100 / moved.open, 4)
    from market.instruments
    inner join moved on instruments.symbol = moved.symbol
    where moved.source = coalesce(
        instruments.primary_source, market.default_source(instruments.symbol)
    )
    order by abs((moved.close - moved.open) / moved.open) desc, moved.symbol
    limit $2
$$;

comment on function market.movers is
'The symbols that moved most, up or down, in percent: first open against last close of the candles
that start in the window; those are of 1m up to 6 hours, of 30m up to 10 days, else of 1d.';

revoke execute on function market.movers from public;
grant execute on function market.movers to stockpulse_reader;
