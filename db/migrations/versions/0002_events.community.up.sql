set local role stockpulse_owner;

alter table market.trades set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'symbol, source',
    timescaledb.orderby = 'ts, tick_id'
);

alter table market.quotes set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'symbol, source',
    timescaledb.orderby = 'ts, tick_id'
);

reset role;
