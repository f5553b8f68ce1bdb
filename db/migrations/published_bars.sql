create table ops.bar_publication (
    since timestamptz not null,
    floor_ts timestamptz not null,
    only_row boolean not null default true,
    constraint bar_publication_pkey primary key (only_row),
    constraint bar_publication_only_row check (only_row)
);

comment on table ops.bar_publication is
'Whether bars are published to Kafka, from which on; without a row nothing is logged for it.';
comment on column ops.bar_publication.since is 'Start of the first bar that is published.';
comment on column ops.bar_publication.floor_ts is
'Bars before are published no more: it follows a week behind, once all older changes are out.';
comment on column ops.bar_publication.only_row is 'Keeps the table to one row.';

grant select on ops.bar_publication to stockpulse_loader;

create table ops.bar_changes (
    since timestamptz not null,
    until timestamptz not null,
    constraint bar_changes_forward check (since < until)
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index bar_changes_since on ops.bar_changes (since);

comment on table ops.bar_changes is
'Minutes whose trades changed since their bars were published; logged with the trades.';
comment on column ops.bar_changes.since is 'Start of the first minute.';
comment on column ops.bar_changes.until is 'End of the last minute, exclusive.';

create sequence ops.bar_places;
comment on sequence ops.bar_places is 'The order in which bars are sent.';

create table ops.published_bars (
    bucket timestamptz not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    revision integer not null,
    message text not null,
    place bigint,
    constraint published_bars_pkey primary key (bucket, symbol, source)
)
with (autovacuum_vacuum_scale_factor = 0.02);

create index published_bars_unsent on ops.published_bars (place) where place is not null;

comment on table ops.published_bars is
'The last message of each bar of 1m, of the last week: sent, or to be sent.';
comment on column ops.published_bars.bucket is 'Start of the bar.';
comment on column ops.published_bars.revision is
'From 1; a number is never used for other bytes, and one that was not sent may be skipped.';
comment on column ops.published_bars.message is 'As it is sent, whenever that is.';
comment on column ops.published_bars.place is
'Its place in the order of sending; null: the broker has acknowledged it.';

grant select, update (place) on ops.published_bars to stockpulse_loader;
