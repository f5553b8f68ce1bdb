set local role stockpulse_owner;

create table ops.kafka_offsets (
    topic text collate "C" not null,
    "partition" integer not null,
    next_offset bigint not null,
    cluster_id text collate "C" not null,
    topic_id text collate "C",
    updated_at timestamptz not null default now(),
    constraint kafka_offsets_pkey primary key (topic, "partition")
)
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

comment on table ops.kafka_offsets is
'The next offset of each partition; written in the transaction that stores the rows.';
comment on column ops.kafka_offsets.next_offset is 'First offset that is not stored yet.';
comment on column ops.kafka_offsets.cluster_id is 'The Kafka cluster these offsets belong to.';
comment on column ops.kafka_offsets.topic_id is
'The topic''s own id: another one under the same name is another topic; null: not reported.';
comment on column ops.kafka_offsets.updated_at is 'When the last batch was stored.';

grant select, insert, update on ops.kafka_offsets to stockpulse_loader;

create table ops.rejects (
    id bigint generated always as identity,
    topic text collate "C" not null,
    "partition" integer not null,
    "offset" bigint not null,
    "key" bytea,
    "value" bytea,
    source text collate "C",
    reason text not null,
    detail text not null,
    rejected_at timestamptz not null default now(),
    constraint rejects_pkey primary key (id)
);

comment on table ops.rejects is
'Messages that could not be stored, with their bytes; written by the loader.';
comment on column ops.rejects.value is 'The message as Kafka held it; null for an empty one.';
comment on column ops.rejects.source is 'The message''s header `source`, which a replay needs.';
comment on column ops.rejects.reason is 'Kind of fault in a word or two, to group by.';
comment on column ops.rejects.detail is 'The fault of this message.';

grant select, insert, delete on ops.rejects to stockpulse_loader;

create sequence ops.load_batch_ids;
comment on sequence ops.load_batch_ids is
'Ids of batches: the loader reserves one before it writes the rows that carry it.';
grant usage on sequence ops.load_batch_ids to stockpulse_loader;

create table ops.load_batches (
    id bigint not null default nextval('ops.load_batch_ids'),
    loader text not null,
    offsets jsonb not null,
    messages integer not null,
    stored integer not null,
    duplicates integer not null,
    amended integer not null,
    rejected integer not null,
    ignored integer not null,
    trades integer not null,
    quotes integer not null,
    bars integer not null default 0,
    late integer not null,
    ignored_reasons jsonb,
    oldest_ts timestamptz,
    newest_ts timestamptz,
    seconds double precision not null,
    loaded_at timestamptz not null default clock_timestamp(),
    constraint load_batches_pkey primary key (id),
    constraint load_batches_every_message_counts
    check (messages = stored + duplicates + amended + rejected + ignored)
);

create index load_batches_loaded_at on ops.load_batches using brin (loaded_at);

comment on table ops.load_batches is
'One row per batch that a loader stored; kept as long as its trades and quotes.';
comment on column ops.load_batches.loader is 'Host and process id of the loader.';
comment on column ops.load_batches.offsets is
'Topic and partition -> [first offset, next offset]; empty: messages replayed from ops.rejects.';
comment on column ops.load_batches.messages is 'Messages taken: the sum of the next five.';
comment on column ops.load_batches.stored is
'Messages of which at least one event or bar was new.';
comment on column ops.load_batches.duplicates is 'Messages whose events and bars were all known.';
comment on column ops.load_batches.amended is
'Messages that correct, cancel or replace events, applied or waiting, or change bars.';
comment on column ops.load_batches.rejected is 'Messages put into ops.rejects.';
comment on column ops.load_batches.ignored is 'Messages without events: heartbeats, tombstones.';
comment on column ops.load_batches.trades is 'Rows stored in market.trades.';
comment on column ops.load_batches.quotes is 'Rows stored in market.quotes.';
comment on column ops.load_batches.bars is 'Rows stored in market.vendor_bars.';
comment on column ops.load_batches.late is 'Events over an hour older than the newest known.';
comment on column ops.load_batches.ignored_reasons is 'Why messages were ignored -> how many.';
comment on column ops.load_batches.oldest_ts is 'Time of the oldest event of the batch.';
comment on column ops.load_batches.newest_ts is 'Time of the newest event of the batch.';
comment on column ops.load_batches.seconds is 'From the first message taken to the commit.';

grant select, insert on ops.load_batches to stockpulse_loader;

create table ops.late_events (
    id bigint generated always as identity,
    topic text collate "C" not null,
    "partition" integer not null,
    "offset" bigint not null,
    "key" bytea,
    "value" bytea,
    source_header text collate "C",
    kind text not null,
    ts timestamptz not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    price numeric,
    size numeric,
    bid numeric,
    ask numeric,
    bid_size numeric,
    ask_size numeric,
    side text collate "C",
    tick_id text collate "C",
    exchange text collate "C",
    tape text collate "C",
    conditions text [] collate "C",
    received_at timestamptz,
    seq bigint not null,
    batch bigint not null,
    rules integer,
    ns smallint not null default 0,
    moves smallint not null,
    came_at timestamptz not null default clock_timestamp(),
    constraint late_events_pkey primary key (id),
    constraint late_events_kind check (kind in ('trade', 'quote'))
);

create unique index late_events_identity
on ops.late_events (kind, symbol, ts, source, tick_id);

comment on table ops.late_events is
'Events hours behind the others of their batch (Community): they move to their table at once.';
comment on column ops.late_events.topic is 'Topic, partition and offset: the message.';
comment on column ops.late_events.value is
'The message as Kafka held it: it goes to ops.rejects if the database refuses the event.';
comment on column ops.late_events.source_header is 'The message''s header `source`.';
comment on column ops.late_events.kind is 'trade or quote.';
comment on column ops.late_events.ts is
'This and the next columns as in market.trades and market.quotes.';
comment on column ops.late_events.came_at is 'When the loader took the message.';

grant select, insert, delete on ops.late_events to stockpulse_loader;

create table ops.amendments (
    id bigint generated always as identity,
    topic text collate "C" not null,
    "partition" integer not null,
    "offset" bigint not null,
    batch bigint not null,
    action text not null,
    kind text not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    tick_id text collate "C",
    amends text [] collate "C" not null default '{}',
    ts timestamptz not null,
    seq bigint,
    applied_at timestamptz,
    applied_ts timestamptz,
    applied_tick_id text collate "C",
    old_price numeric,
    old_size numeric,
    old_bid numeric,
    old_ask numeric,
    old_bid_size numeric,
    old_ask_size numeric,
    new_price numeric,
    new_size numeric,
    new_bid numeric,
    new_ask numeric,
    new_bid_size numeric,
    new_ask_size numeric,
    new_side text collate "C",
    new_tick_id text collate "C",
    new_exchange text collate "C",
    new_tape text collate "C",
    new_conditions text [] collate "C",
    new_rules integer,
    new_moves smallint,
    came_at timestamptz not null default clock_timestamp(),
    constraint amendments_pkey primary key (id),
    constraint amendments_action check (action in ('correct', 'cancel', 'replace')),
    constraint amendments_kind check (kind in ('trade', 'quote')),
    constraint amendments_applied check ((applied_at is null) = (applied_ts is null))
);

create index amendments_waiting on ops.amendments (symbol, source, ts) where applied_at is null;

-- By time first: a loader looks for every batch whether its range holds any dead identity at all.
create index amendments_dead on ops.amendments (applied_ts, symbol, source, applied_tick_id)
where action <> 'replace' and new_tick_id is distinct from applied_tick_id;

create index amendments_renamed on ops.amendments (symbol, source, applied_tick_id)
where action = 'correct' and new_tick_id is not null;

-- By id, for each amendment to come: the days around it may hold thousands that are dead.
create index amendments_cancelled on ops.amendments (symbol, source, applied_tick_id)
where applied_at is not null and action <> 'replace' and new_tick_id is null;

create index amendments_of_series on ops.amendments (symbol, source, ts);

comment on table ops.amendments is
'Corrections and cancels of venues, and rows of replaced ranges: applied, or waiting.';
comment on column ops.amendments.topic is 'Topic, partition and offset: the message.';
comment on column ops.amendments.batch is 'The ops.load_batches that brought it.';
comment on column ops.amendments.action is
'correct, cancel, or replace: the event''s whole range was sent again.';
comment on column ops.amendments.kind is 'trade or quote.';
comment on column ops.amendments.tick_id is 'The identity it names.';
comment on column ops.amendments.amends is 'Further ids of what it amends.';
comment on column ops.amendments.ts is 'Its own time.';
comment on column ops.amendments.seq is
'Its place in the order of its time: a value may be corrected back to one that it had before.';
comment on column ops.amendments.applied_at is 'Null: it waits for the event it amends.';
comment on column ops.amendments.applied_ts is
'Time of the row it changed; the identity is dead from then on if the row is gone or renamed.';
comment on column ops.amendments.applied_tick_id is 'Id of the row it changed, as it was before.';
comment on column ops.amendments.old_price is
'Of the old values: null while it waits, and where the event has none.';
comment on column ops.amendments.new_price is
'Of the new values: null where the event is gone.';
comment on column ops.amendments.new_tick_id is 'Id of the row afterwards; null: it is gone.';
comment on column ops.amendments.came_at is 'When the loader took the message.';

grant select (
    id, topic, "partition", "offset", batch, action, kind, symbol, source, tick_id, amends, ts,
    seq, applied_at, applied_ts, applied_tick_id, new_tick_id, came_at
) on ops.amendments to stockpulse_loader;

create view ops.dead_identities as
select
    kind,
    symbol,
    source,
    applied_ts as ts,
    applied_tick_id as tick_id,
    new_tick_id is not null as renamed
from ops.amendments
where
    applied_at is not null
    and action <> 'replace'
    and new_tick_id is distinct from applied_tick_id;

comment on view ops.dead_identities is
'Events that were cancelled, or have another id now: not stored when they come again.';
comment on column ops.dead_identities.renamed is 'Whether it lives on under another id.';

grant select on ops.dead_identities to stockpulse_loader;

create table ops.replacements (
    batch_name text collate "C" not null,
    kind text not null,
    ts timestamptz not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    price numeric,
    size numeric,
    bid numeric,
    ask numeric,
    bid_size numeric,
    ask_size numeric,
    side text collate "C",
    tick_id text collate "C" not null,
    exchange text collate "C",
    tape text collate "C",
    conditions text [] collate "C",
    received_at timestamptz,
    seq bigint not null,
    batch bigint not null,
    rules integer,
    ns smallint not null default 0,
    moves smallint not null,
    staged_at timestamptz not null default clock_timestamp(),
    constraint replacements_pkey primary key (batch_name, kind, symbol, source, ts, tick_id),
    constraint replacements_kind check (kind in ('trade', 'quote'))
);

comment on table ops.replacements is
'Events of ranges that are being sent again; they move to their table when their batch ends.';
comment on column ops.replacements.batch_name is
'The publisher''s name for one attempt at one range.';
comment on column ops.replacements.kind is 'trade or quote.';
comment on column ops.replacements.ts is
'This and the next columns as in market.trades and market.quotes.';
comment on column ops.replacements.staged_at is 'When the loader took the message.';

grant select, insert, update on ops.replacements to stockpulse_loader;

create table ops.backfills (
    source text collate "C" not null,
    symbol text collate "C" not null,
    since timestamptz not null,
    until timestamptz not null,
    constraint backfills_pkey primary key (symbol, source, since),
    constraint backfills_forward check (since < until)
);

comment on table ops.backfills is
'Ranges that batches flagged backfill brought: their trades may be there at another precision.';
comment on column ops.backfills.since is 'Start of the range, in whole seconds.';
comment on column ops.backfills.until is 'End of the range, exclusive, in whole seconds.';

grant select on ops.backfills to stockpulse_loader;

-- include migrations/changes.sql

-- include functions/ops.number_changes.sql

create constraint trigger changed_ranges_numbered
after insert on ops.changed_ranges
deferrable initially deferred
for each row execute function ops.number_changes();

create constraint trigger changed_events_numbered
after insert on ops.changed_events
deferrable initially deferred
for each row execute function ops.number_changes();

-- include functions/ops.change_id.sql

-- include functions/ops.log_ranges.sql

-- include functions/ops.changed_days.sql

-- include functions/ops.log_event.sql

-- include functions/ops.log_instrument.sql

create trigger corporate_actions_logged
after insert or update or delete on market.corporate_actions
for each row execute function ops.log_instrument();

create trigger names_logged
after insert or update or delete on market.names
for each row execute function ops.log_instrument();

create trigger instruments_logged
after update of primary_source, calendar on market.instruments
for each row
when (
    (old.primary_source, old.calendar) is distinct from (new.primary_source, new.calendar)
)
execute function ops.log_instrument();

-- include migrations/feed_ledger.sql

-- include functions/ops.has_ids.sql

-- include functions/ops.gaps_of.sql

-- include functions/ops.read_feed_markers.sql

-- include functions/ops.add_feed_fills.sql

-- include functions/ops.log_coverage.sql

-- include functions/ops.describe_instrument.sql

-- include functions/ops.add_feed_markers.sql

-- include migrations/download_hours.sql

-- include migrations/update_runs.sql

-- include migrations/published_bars.sql

-- include migrations/vendor_bars.sql

-- include migrations/bar_requests.sql

create table ops.rules_version (
    version integer not null,
    only_row boolean not null default true,
    constraint rules_version_pkey primary key (only_row),
    constraint rules_version_only_row check (only_row)
);

comment on table ops.rules_version is
'One number for the state of market.rule_sets, bar_rules and sources; every change adds 1.';
comment on column ops.rules_version.only_row is 'Keeps the table to one row.';

insert into ops.rules_version values (1);

grant select on ops.rules_version to stockpulse_loader;

-- include functions/ops.quote_moves.sql

-- include functions/ops.change_rules.sql

-- include functions/ops.add_sources.sql

create trigger rule_sets_change
after insert or update or delete or truncate on market.rule_sets
for each statement execute function ops.change_rules();

create trigger bar_rules_change
after insert or update or delete or truncate on market.bar_rules
for each statement execute function ops.change_rules();

create trigger sources_change
after update of rule_set, negative_prices, wide_quote_ratio, id_scope or delete or truncate
on market.sources
for each statement execute function ops.change_rules();

create trigger sources_added
after insert on market.sources
referencing new table as added
for each statement execute function ops.add_sources();

-- include functions/ops.event_columns.sql

-- include functions/ops.make_staging.sql

-- include functions/ops.log_bar_changes.sql

-- include functions/ops.log_change.sql

-- include functions/ops.identities.sql

-- include functions/ops.ids_of.sql

-- include functions/ops.find_amended.sql

-- include functions/ops.cancelled_identity.sql

-- include functions/ops.delete_event.sql

-- include functions/ops.rename_event.sql

-- include functions/ops.change_event.sql

-- include functions/ops.apply_amendment.sql

-- include functions/ops.apply_waiting.sql

-- include functions/ops.is_cut_of.sql

-- include functions/ops.add_backfills.sql

-- include functions/ops.rename_staged.sql

-- include functions/ops.drop_known.sql

-- include functions/ops.settle_twins.sql

-- include functions/ops.store_staged.sql

-- include functions/ops.store_trades.sql

-- include functions/ops.store_quotes.sql

-- include functions/ops.read_amendments.sql

-- include functions/ops.is_moot.sql

-- include functions/ops.amend.sql

-- include functions/ops.replace_range.sql

-- include functions/ops.count_events.sql

-- include functions/ops.is_stored.sql

-- include functions/ops.meets_known.sql

reset role;
