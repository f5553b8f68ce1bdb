set local role stockpulse_owner;

create table ops.candle_changes (
    kind text collate "C" not null,
    symbol text collate "C",
    since timestamptz not null,
    until timestamptz not null,
    constraint candle_changes_kind check (kind in ('trades', 'quotes')),
    constraint candle_changes_forward check (since < until)
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

comment on table ops.candle_changes is
'Ranges whose events changed since the candles were made; the loader writes them with its events.';
comment on column ops.candle_changes.kind is 'trades or quotes.';
comment on column ops.candle_changes.symbol is 'Null: any symbol.';
comment on column ops.candle_changes.since is 'Start of the first second.';
comment on column ops.candle_changes.until is 'End of the last minute, exclusive.';

grant insert on ops.candle_changes to stockpulse_loader;

create table ops.candle_watermarks (
    relation text collate "C" not null,
    watermark timestamptz not null default '-infinity',
    change bigint not null default 0,
    constraint candle_watermarks_pkey primary key (relation),
    constraint candle_watermarks_relation
    foreign key (relation) references ops.lifecycle (relation)
);

comment on table ops.candle_watermarks is
'Candles before these times are stored, later ones are computed when they are read.';
comment on column ops.candle_watermarks.watermark is 'Start of the first bucket not stored.';
comment on column ops.candle_watermarks.change is
'Of a live level: number of the last change that the stored candles are sure to have.';

-- include functions/ops.store_of.sql

-- include migrations/candle_relations.sql

-- include functions/ops.hypertable_of.sql

-- include migrations/watermarks.sql

-- include functions/ops.watermark_of.sql

-- include functions/ops.chain_of.sql

-- include functions/ops.candle_view.sql

-- include migrations/candle_views.sql

-- include functions/ops.start_live_level.sql

create type ops.span as (symbol text, since timestamptz, until timestamptz);
comment on type ops.span is 'A range of time of one symbol.';

-- include functions/ops.take_candle_changes.sql

-- include functions/ops.widen.sql

-- include functions/ops.make_live_candles.sql

-- include functions/market.refresh_candles.sql

-- include functions/ops.make_candles.sql

reset role;
