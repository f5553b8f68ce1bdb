-- How many trades and how many bars of a minute there are, 10,000 at most: more is not counted.
select
    (select count(*) from (select from market.trades limit 10000) as some_trades) as stock_ticks,
    (select count(*) from (select from market.candles_1m limit 10000) as some_bars) as stock_bars_1m
