create table market.plain_candles as table market.candles_1m with no data;
create index on market.plain_candles (bucket desc);
create index on market.plain_candles (symbol, source, bucket desc);
