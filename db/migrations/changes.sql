-- The log of what has changed for people who read, in the order of commits.

create sequence ops.change_numbers;
comment on sequence ops.change_numbers is
'The order of commits: a number is taken under a lock that the commit releases.';

create sequence ops.change_ids;
comment on sequence ops.change_ids is
'Ids of changes: a transaction has one from its first change on, its number only at its commit.';

create table ops.changes (
    number bigint not null,
    mark bigint not null,
    change bigint not null,
    logged_at timestamptz not null default clock_timestamp(),
    constraint changes_pkey primary key (number)
);

create index changes_logged_at on ops.changes using brin (logged_at);

comment on table ops.changes is
'One row per transaction that changed trades, quotes, bars or coverage; whoever sees one sees all
below it.';
comment on column ops.changes.number is 'Its place in the order of commits; some may be missing.';
comment on column ops.changes.mark is
'Random: tells this number from the same one of a database that was restored.';
comment on column ops.changes.change is 'Id of the change, as in the next two tables.';
comment on column ops.changes.logged_at is 'When it was committed.';

create table ops.changed_ranges (
    change bigint not null,
    kind text not null,
    symbols text [] collate "C",
    source text collate "C",
    since timestamptz not null,
    until timestamptz not null,
    batch bigint,
    event_kind text,
    timeframe text,
    session text collate "C",
    constraint changed_ranges_kind check (kind in ('trade', 'quote', 'bar', 'coverage')),
    constraint changed_ranges_forward check (since < until)
)
with (toast_tuple_target = 256); -- many symbols are compressed

create index changed_ranges_change on ops.changed_ranges (change);

comment on table ops.changed_ranges is 'Ranges of time that a change touched.';
comment on column ops.changed_ranges.kind is 'trade, quote, bar (of a vendor) or coverage.';
comment on column ops.changed_ranges.symbols is 'Null: those of the session of a feed.';
comment on column ops.changed_ranges.source is 'Null: whichever the events of the batch have.';
comment on column ops.changed_ranges.until is 'End of the range, exclusive.';
comment on column ops.changed_ranges.batch is
'The events of the range that carry this batch are new; null: only what is made of them changed.';
comment on column ops.changed_ranges.event_kind is 'Of coverage: trade, quote; null: both.';
comment on column ops.changed_ranges.timeframe is 'Of bars: their interval.';
comment on column ops.changed_ranges.session is 'Of coverage: that of the feed.';

create table ops.changed_events (
    change bigint not null,
    kind text not null,
    action text not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    ts timestamptz not null,
    tick_id text collate "C",
    batch bigint,
    old_ts timestamptz,
    old_tick_id text collate "C",
    old jsonb,
    constraint changed_events_kind check (kind in ('trade', 'quote')),
    constraint changed_events_action check (action in ('new', 'corrected', 'cancelled'))
);

create index changed_events_change on ops.changed_events (change);

create index changed_events_added on ops.changed_events (batch, symbol, ts, source, tick_id)
where batch is not null;

comment on table ops.changed_events is
'Single events that a change touched: late ones, and those corrected, cancelled or replaced.';
comment on column ops.changed_events.action is 'new, corrected or cancelled.';
comment on column ops.changed_events.ts is
'Time and id afterwards; of a cancelled event, those that it had.';
comment on column ops.changed_events.batch is
'The batch that the row carries, if the row was added here and not with that batch.';
comment on column ops.changed_events.old_ts is 'Time and id before; null: it is new.';
comment on column ops.changed_events.old is 'The row before; null: it is new.';
