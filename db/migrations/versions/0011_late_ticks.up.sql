set local role stockpulse_owner;

create table ops.late_ticks (
    id bigint generated always as identity,
    topic text collate "C" not null,
    "partition" integer not null,
    "offset" bigint not null,
    "key" bytea,
    "value" bytea,
    source_header text collate "C",
    ts timestamptz not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    price numeric not null,
    size numeric,
    bid numeric,
    ask numeric,
    tick_id text collate "C",
    ord bigint not null,
    came_at timestamptz not null default clock_timestamp(),
    constraint late_ticks_pkey primary key (id),
    constraint late_ticks_price_positive check (price > 0 and price < 'infinity'),
    constraint late_ticks_size_not_negative check (size >= 0 and size < 'infinity')
);

create unique index late_ticks_identity on ops.late_ticks (symbol, ts desc, source, tick_id);

comment on table ops.late_ticks is
'Ticks hours behind the others of their batch (Community only): they move to market.ticks at once.';
comment on column ops.late_ticks.topic is 'Topic, partition and offset: the message.';
comment on column ops.late_ticks.value is
'The message as Kafka held it: what goes to ops.rejects if market.ticks refuses the tick.';
comment on column ops.late_ticks.source_header is 'The message''s header `source`.';
comment on column ops.late_ticks.ts is 'This and the following columns as in market.ticks.';
comment on column ops.late_ticks.came_at is 'When the loader took the message.';

grant select, insert, delete on ops.late_ticks to stockpulse_loader;

-- include functions/ops.is_stored.sql

reset role;
