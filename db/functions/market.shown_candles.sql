create or replace function market.shown_candles(
    symbol text,
    timeframe text,
    since timestamptz,
    until timestamptz,
    source text,
    price text,
    adjustment text,
    vendor text default null
) returns setof market.candle
language sql stable parallel safe
as $$
    with own as materialized (
        select * from market.read_candles($1, $2, $3, $4, $5, $6, $7)
    )
    select * from own
    union all
    select *
    from market.vendor_candles($1, $2, $3, $4, $8, $7, $5) as made
    where not exists (select from own where own.bucket = made.bucket)
    order by bucket
$$;

comment on function market.shown_candles is
'The candles of market.read_candles(), and in the buckets where it has none those of vendors.';

revoke execute on function market.shown_candles from public;
grant execute on function market.shown_candles to stockpulse_reader;
