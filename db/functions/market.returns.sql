-- `returns` is a word of SQL, but none that is reserved.
create or replace function market.returns(
    symbol text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null,
    price text default null,
    adjustment text default 'raw'
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
                (select close from market.last_candle($1, $2, $3, $5, $6, $7))
            ) as previous
        from market.candles($1, $2, $3, $4, $5, 'none', $6, $7, false)
        where close is not null
    )
    select
        bucket,
        symbol,
        source,
        close,
        case when previous > 0 then close / previous - 1 end,
        case when previous > 0 and close > 0 then ln(close / previous) end
    from closes
    order by bucket
$$;

comment on function market.returns is
'Close against the close of the candle before, be it before `since`: as a fraction and as a log;
null where a price is not above zero. price and adjustment as in market.candles().';

revoke execute on function market.returns from public;
grant execute on function market.returns to stockpulse_reader;
