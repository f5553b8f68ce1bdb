set local role stockpulse_owner;

create table ops.lifecycle (
    level text collate "C" not null,
    "position" smallint not null,
    child text collate "C",
    width interval,
    chunk interval not null,
    refresh_start interval,
    refresh_end interval,
    refresh_every interval,
    columnstore_after interval,
    keep interval,
    constraint lifecycle_pkey primary key (level),
    constraint lifecycle_position unique ("position"),
    constraint lifecycle_child foreign key (child) references ops.lifecycle (level),
    constraint lifecycle_candles_have_widths check ((child is null) = (width is null)),
    constraint lifecycle_candles_are_refreshed check (
        child is null
        or (
            num_nulls(refresh_start, refresh_end, refresh_every) = 0
            and refresh_start > refresh_end
            and refresh_end >= width
            and refresh_every > interval '0'
        )
    ),
    constraint lifecycle_keeps_what_it_compresses check (keep > columnstore_after)
);

comment on table ops.lifecycle is
'The settings of every level; `call ops.apply_lifecycle()` puts a change into force.';
comment on column ops.lifecycle.level is 'ticks, or the timeframe of a candle relation.';
comment on column ops.lifecycle.position is 'Order of refresh: children before parents.';
comment on column ops.lifecycle.child is
'The level it is made from, fixed by the migrations; null for ticks.';
comment on column ops.lifecycle.width is
'Length of a bucket, fixed by the migrations; null for ticks.';
comment on column ops.lifecycle.chunk is 'Time range of a chunk to come.';
comment on column ops.lifecycle.refresh_start is 'How far back the scheduled refresh reaches.';
comment on column ops.lifecycle.refresh_end is 'How recent a bucket the refresh leaves alone.';
comment on column ops.lifecycle.refresh_every is 'Time between scheduled refreshes.';
comment on column ops.lifecycle.columnstore_after is
'Age at which chunks become columnar (Community only).';
comment on column ops.lifecycle.keep is 'Age at which chunks are dropped; null: never.';

insert into ops.lifecycle values
('ticks', 0, null, null, '1 day', null, null, null, '2 days', '90 days'),
('1m', 1, 'ticks', '1 min', '7 days', '8 days', '1 min', '1 min', '14 days', '2 years'),
('5m', 2, '1m', '5 min', '35 days', '8 days', '5 min', '1 min', '30 days', '5 years'),
('15m', 3, '1m', '15 min', '70 days', '8 days', '15 min', '5 min', '30 days', '5 years'),
('30m', 4, '1m', '30 min', '140 days', '8 days', '30 min', '5 min', '30 days', '5 years'),
('1h', 5, '1m', '1 hour', '350 days', '8 days', '1 hour', '10 min', '30 days', null),
('4h', 6, '1h', '4 hours', '1400 days', '10 days', '4 hours', '30 min', '90 days', null),
('12h', 7, '1h', '12 hours', '1400 days', '10 days', '12 hours', '1 hour', '90 days', null),
('1d', 8, '1h', '1 day', '1400 days', '10 days', '1 day', '1 hour', '90 days', null);

-- include functions/ops.check_lifecycle.sql

create constraint trigger lifecycle_windows
after insert or update or delete on ops.lifecycle
deferrable initially deferred
for each row execute function ops.check_lifecycle();

create table ops.retention_floors (
    level text collate "C" not null,
    floor_ts timestamptz not null default '-infinity',
    constraint retention_floors_pkey primary key (level),
    constraint retention_floors_level foreign key (level) references ops.lifecycle (level)
);

comment on table ops.retention_floors is
'Below these times a level was dropped; older ticks, and refreshes below, would spoil candles.';
comment on column ops.retention_floors.floor_ts is 'End of the newest chunk that was dropped.';

insert into ops.retention_floors (level) select level from ops.lifecycle;

-- include functions/ops.relation_of.sql

-- include functions/ops.first_bucket.sql

grant select on ops.lifecycle, ops.retention_floors to stockpulse_loader;

reset role;
