set local role stockpulse_owner;

create table ops.tick_corrections (
    id bigint generated always as identity,
    topic text collate "C" not null,
    "partition" integer not null,
    "offset" bigint not null,
    action text not null,
    ts timestamptz not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    tick_id text collate "C",
    old_price numeric,
    old_size numeric,
    old_bid numeric,
    old_ask numeric,
    old_ord bigint,
    new_price numeric,
    new_size numeric,
    new_bid numeric,
    new_ask numeric,
    new_ord bigint,
    corrected_at timestamptz not null default clock_timestamp(),
    constraint tick_corrections_pkey primary key (id),
    constraint tick_corrections_action check (action in ('correct', 'cancel', 'replace'))
);

-- By time first: a loader asks of every batch whether its range holds any cancelled tick at all.
create unique index tick_corrections_cancelled
on ops.tick_corrections (ts, symbol, source, tick_id) where action = 'cancel';

comment on table ops.tick_corrections is
'What became of stored ticks that a venue amended; a cancelled identity is never stored again.';
comment on column ops.tick_corrections.topic is 'Topic, partition and offset: the message.';
comment on column ops.tick_corrections.action is
'correct, cancel, or replace: the tick''s whole range was sent anew.';
comment on column ops.tick_corrections.ts is
'Time, symbol, source and tick_id: the identity, as in market.ticks.';
comment on column ops.tick_corrections.old_price is
'Of the old values: null where nothing was stored under the identity.';
comment on column ops.tick_corrections.new_price is
'Of the new values: null where the tick is gone.';

create table ops.replacements (
    batch text collate "C" not null,
    ts timestamptz not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    price numeric not null,
    size numeric,
    bid numeric,
    ask numeric,
    tick_id text collate "C" not null,
    ord bigint not null,
    staged_at timestamptz not null default clock_timestamp(),
    constraint replacements_pkey primary key (batch, symbol, source, ts, tick_id)
);

comment on table ops.replacements is
'Ticks of ranges that are being sent anew; they move to market.ticks when their batch ends.';
comment on column ops.replacements.batch is 'The publisher''s name for one attempt at one range.';
comment on column ops.replacements.price is 'This and the other columns as in market.ticks.';
comment on column ops.replacements.staged_at is 'When the loader took the message.';

alter table ops.load_batches add column corrections integer not null default 0;
comment on column ops.load_batches.corrections is 'Ticks corrected, cancelled or replaced.';

grant select on ops.tick_corrections to stockpulse_loader;
grant select, insert, update on ops.replacements to stockpulse_loader;

-- include functions/ops.correct_ticks.sql

-- include functions/ops.replace_ticks.sql

-- include functions/ops.count_ticks.sql

reset role;
