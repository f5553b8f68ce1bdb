create or replace function market.price_scale_of(symbol text, source text default null)
returns smallint
language sql stable parallel safe
as $$
    select coalesce(
        (
            select price_scale
            from market.instruments
            where instruments.symbol = market.instrument_of($1)
        ),
        (
            select least(max(scale(trim_scale(price))), 18)::smallint
            from (
                select price from market.trade_page(array[$1], source => $2, max_events => 50,
                    newest_first => true)
                union all
                select quoted.price
                from market.quote_page(
                    array[$1], source => $2, max_events => 50, newest_first => true
                ) as quotes
                cross join lateral (values (bid), (ask)) as quoted (price)
            ) as newest
        )
    )
$$;

comment on function market.price_scale_of is
'Decimals of the prices of a symbol: as its instrument has them, else as its newest prices need.';

revoke execute on function market.price_scale_of from public;
grant execute on function market.price_scale_of to stockpulse_reader;
