drop function ops.store_of(text);
drop materialized view market.candles_1d;
drop materialized view market.candles_12h;
drop materialized view market.candles_4h;
drop materialized view market.candles_1h;
drop materialized view market.candles_30m;
drop materialized view market.candles_15m;
drop materialized view market.candles_5m;
drop materialized view market.candles_1m;
