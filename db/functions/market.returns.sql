-- `returns` is a keyword of SQL, but not a reserved one.
create or replace function market.returns(
    symbol text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null
) returns table (
    bucket timestamptz, symbol text, source text,
    close numeric, simple_return numeric, log_return numeric
)
language sql stable parallel safe
as $$
    with closes as (
        select
            bucket,
            symbol,
            source,
            close,
            coalesce(
                lag(close) over (order by bucket),
                (select close from market.last_candle($1, $2, $3, $5))
            ) as previous
        from market.candles($1, $2, $3, $4, $5)
    )
    select bucket, symbol, source, close, close / previous - 1, ln(close / previous)
    from closes
    order by bucket
$$;

comment on function market.returns is
'Change from the close of the previous candle, even if that is before `since`: as a fraction and as
a logarithm.';

revoke execute on function market.returns from public;
grant execute on function market.returns to stockpulse_reader;
