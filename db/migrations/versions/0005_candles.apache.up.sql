set local role stockpulse_owner;

create table ops.candle_changes (
    symbol text collate "C",
    since timestamptz not null,
    until timestamptz not null,
    constraint candle_changes_forward check (since < until)
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

comment on table ops.candle_changes is
'Ranges whose ticks changed since the candles were made; the loader writes them with its ticks.';
comment on column ops.candle_changes.symbol is 'Null: any symbol.';
comment on column ops.candle_changes.since is 'Start of the first minute.';
comment on column ops.candle_changes.until is 'End of the last minute, exclusive.';

grant insert on ops.candle_changes to stockpulse_loader;

create table ops.candle_watermarks (
    level text collate "C" not null,
    watermark timestamptz not null default '-infinity',
    constraint candle_watermarks_pkey primary key (level),
    constraint candle_watermarks_level foreign key (level) references ops.lifecycle (level)
);

comment on table ops.candle_watermarks is
'Candles before these times are stored, later ones are made from ticks when they are read.';
comment on column ops.candle_watermarks.watermark is 'Start of the first bucket not stored.';

-- include migrations/candle_relations.sql

-- include functions/ops.store_of.sql

create type ops.span as (symbol text, since timestamptz, until timestamptz);
comment on type ops.span is 'A range of time of one symbol.';

-- include functions/ops.take_candle_changes.sql

-- include functions/ops.widen.sql

-- include functions/market.refresh_candles.sql

-- include functions/ops.make_candles.sql

reset role;
