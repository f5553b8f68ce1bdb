set local role stockpulse_owner;

create table ops.verifications (
    id bigint generated always as identity,
    kind text not null,
    since timestamptz,
    until timestamptz,
    candles bigint not null,
    mismatches bigint not null,
    pending bigint not null,
    example text,
    seconds double precision not null,
    verified_at timestamptz not null default clock_timestamp(),
    constraint verifications_pkey primary key (id),
    constraint verifications_kind check (kind in ('range', 'sample'))
);

comment on table ops.verifications is
'One row per comparison of stored candles with their events; a mismatch is a fault.';
comment on column ops.verifications.kind is
'range: every candle of it; sample: some chosen at random.';
comment on column ops.verifications.since is 'Start of the range; null for a sample.';
comment on column ops.verifications.until is 'End of the range, exclusive; null for a sample.';
comment on column ops.verifications.candles is 'Candles compared, of all relations.';
comment on column ops.verifications.mismatches is
'Candles that are missing, that no event made or that hold a wrong figure.';
comment on column ops.verifications.pending is
'Candles that differ because their events changed and the next refresh has yet to come.';
comment on column ops.verifications.example is 'The first mismatch.';

grant select on ops.verifications to stockpulse_loader;

create type ops.candle_difference as (
    relation text,
    bucket timestamptz,
    symbol text,
    source text,
    field text,
    stored numeric,
    expected numeric,
    kind text
);
comment on type ops.candle_difference is
'A figure of a candle that its events contradict; a whole candle shows as its count of events.';

create type ops.candle_comparison as (
    relation text,
    candles bigint,
    wrong bigint,
    pending bigint [],
    first ops.candle_difference []
);
comment on type ops.candle_comparison is
'How many candles of a relation were compared and are wrong, and which wait for a refresh.';
comment on column ops.candle_comparison.pending is
'A hash of each, as it is stored: another one once it is refreshed, even if it is behind again.';
comment on column ops.candle_comparison.first is 'Those that are wrong, of at most 20 candles.';

-- include functions/ops.verified_levels.sql

-- include functions/ops.compared_levels.sql

-- include functions/ops.expected_candles.sql

-- include functions/ops.expected_query.sql

-- include functions/ops.candle_fields.sql

-- include functions/ops.comparison_query.sql

-- include functions/ops.compare_candles.sql

-- include functions/ops.verify_slices.sql

-- include functions/ops.candle_sample.sql

-- include functions/ops.verify_sample.sql

-- include functions/ops.describe_difference.sql

reset role;
