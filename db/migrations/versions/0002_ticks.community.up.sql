set local role stockpulse_owner;

alter table market.ticks set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'symbol, source',
    timescaledb.orderby = 'ts desc, tick_id'
);

reset role;
