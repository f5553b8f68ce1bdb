-- The table of bars that the seed services have, filled with the same bars of 1m.
create table stock_bars_1m (
    symbol varchar(10) not null,
    bucket_start timestamptz not null,
    open numeric(12, 4),
    high numeric(12, 4),
    low numeric(12, 4),
    close numeric(12, 4), -- noqa: RF04
    volume_sum bigint,
    tick_count integer,
    primary key (symbol, bucket_start)
);
insert into stock_bars_1m
select symbol, bucket, open, high, low, close, volume, tick_count
from market.candles_1m;
analyze stock_bars_1m;
