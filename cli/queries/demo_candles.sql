select '1m', count(*), sum(tick_count) from market.candles_1m
union all
select '5m', count(*), sum(tick_count) from market.candles_5m
union all
select '15m', count(*), sum(tick_count) from market.candles_15m
union all
select '30m', count(*), sum(tick_count) from market.candles_30m
union all
select '1h', count(*), sum(tick_count) from market.candles_1h
union all
select '4h', count(*), sum(tick_count) from market.candles_4h
union all
select '12h', count(*), sum(tick_count) from market.candles_12h
union all
select '1d', count(*), sum(tick_count) from market.candles_1d
