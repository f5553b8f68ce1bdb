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
'Id of the topic: a recreated topic has another one; null if the broker does not report one.';
comment on column ops.kafka_offsets.updated_at is 'When the last batch was stored.';

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
comment on column ops.rejects.value is
'The value of the message as stored in Kafka; null for a tombstone.';
comment on column ops.rejects.source is 'The header `source` of the message, which a replay needs.';
comment on column ops.rejects.reason is 'Kind of fault in a word or two, for grouping.';
comment on column ops.rejects.detail is 'What exactly is wrong with the message.';

create table ops.load_batches (
    id bigint generated always as identity,
    loader text not null,
    offsets jsonb not null,
    tick_rows integer not null,
    duplicates integer not null,
    late integer not null,
    rejects integer not null,
    oldest_ts timestamptz,
    newest_ts timestamptz,
    seconds double precision not null,
    loaded_at timestamptz not null default clock_timestamp(),
    constraint load_batches_pkey primary key (id)
);

create index load_batches_loaded_at on ops.load_batches using brin (loaded_at);

comment on table ops.load_batches is 'One row per batch that the loader stored, kept for two days.';
comment on column ops.load_batches.loader is 'Host and process id of the loader.';
comment on column ops.load_batches.offsets is
'Topic and partition -> [first offset, next offset].';
comment on column ops.load_batches.tick_rows is 'Ticks stored.';
comment on column ops.load_batches.duplicates is 'Ticks that were already stored.';
comment on column ops.load_batches.late is
'Ticks more than an hour older than the newest known tick.';
comment on column ops.load_batches.rejects is 'Messages added to ops.rejects.';
comment on column ops.load_batches.oldest_ts is 'Time of the oldest tick of the batch.';
comment on column ops.load_batches.newest_ts is 'Time of the newest tick of the batch.';
comment on column ops.load_batches.seconds is 'From the first message consumed to the commit.';

grant select, insert, update on ops.kafka_offsets to stockpulse_loader;
grant select, insert, delete on ops.rejects to stockpulse_loader;
grant select, insert on ops.load_batches to stockpulse_loader;

reset role;
