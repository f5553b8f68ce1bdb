create or replace function market.bars_between(
    symbol text,
    series text,
    asked_source text,
    timeframe text,
    since timestamptz,
    until timestamptz,
    max_bars integer,
    newest_first boolean,
    price text,
    adjustment text,
    vendor boolean
) returns setof market.candle
language sql stable parallel safe
as $$
    select *
    from market.bar_page(
        symbols => array[$1],
        timeframe => $4,
        since => $5,
        until => $6,
        source => $3,
        max_bars => $7,
        newest_first => $8,
        after_symbol => $1,
        after_source => $2,
        after_bucket => case when $8 then $6 else $5 - interval '1 microsecond' end,
        price => $9,
        adjustment => $10,
        vendor => $11
    )
$$;

comment on function market.bars_between is
'The bars of market.bar_page() of one symbol, whose series is known, since <= bucket < until.';

revoke execute on function market.bars_between from public;
grant execute on function market.bars_between to stockpulse_reader;
