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
            select max(least(scale(trim_scale(price)), 18))::smallint
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
        ),
        (
            select max(least(scale(trim_scale(price)), 18))::smallint
            from market.bar_page(
                array[$1], '1d', source => $2, max_bars => 50, newest_first => true
            ) as bars
            cross join lateral (
                values (bars.open), (bars.high), (bars.low), (bars.close)
            ) as prices (price)
        )
    )
$$;

comment on function market.price_scale_of is
'Decimals of the prices of a symbol: as its instrument has them, else as its newest prices need,
or those of its bars; null if there are none.';

revoke execute on function market.price_scale_of from public;
grant execute on function market.price_scale_of to stockpulse_reader;
