set local role stockpulse_owner;

create table ops.lifecycle (
    relation text collate "C" not null,
    kind text collate "C" not null,
    level text collate "C",
    "position" smallint not null,
    child text collate "C",
    width interval,
    chunk interval not null,
    refresh_end interval,
    columnstore_after interval,
    keep interval,
    live boolean not null default false,
    constraint lifecycle_pkey primary key (relation),
    constraint lifecycle_position unique ("position"),
    constraint lifecycle_level unique (kind, level),
    constraint lifecycle_kind check (kind in ('trades', 'quotes')),
    constraint lifecycle_child foreign key (child) references ops.lifecycle (relation),
    constraint lifecycle_events_have_no_child check ((child is null) = (relation = kind)),
    constraint lifecycle_candles_have_levels check ((child is null) = (level is null)),
    constraint lifecycle_candles_have_widths check ((child is null) = (width is null)),
    constraint lifecycle_candles_are_refreshed check (
        child is null or (refresh_end is not null and refresh_end >= width)
    ),
    constraint lifecycle_keeps_what_it_compresses check (keep > columnstore_after)
);

comment on table ops.lifecycle is
'One row per relation of events or candles; `call ops.apply_lifecycle()` puts a change into force.';
comment on column ops.lifecycle.relation is 'Name in the schema market.';
comment on column ops.lifecycle.kind is
'The relation of events at the bottom of its tree: trades or quotes.';
comment on column ops.lifecycle.level is 'Timeframe of the candles; null for events.';
comment on column ops.lifecycle.position is 'Order of refresh: children before parents.';
comment on column ops.lifecycle.child is
'The relation it is made from, fixed by the migrations; null for events.';
comment on column ops.lifecycle.width is
'Length of a bucket, fixed by the migrations; null for events.';
comment on column ops.lifecycle.chunk is 'Time range of a chunk to come.';
comment on column ops.lifecycle.refresh_end is 'How recent a bucket the refresh leaves alone.';
comment on column ops.lifecycle.columnstore_after is
'Age at which chunks become columnar (Community only).';
comment on column ops.lifecycle.keep is
'Age at which chunks are dropped; null: never. Of a live level: how long its candles are stored.';
comment on column ops.lifecycle.live is
'Only the newest candles are stored, so that the open buckets of other levels need not be made from
events; older ones are computed from events when they are read. keep = 0 stores none.';

insert into ops.lifecycle (relation, kind, "position", chunk, columnstore_after) values
('trades', 'trades', 0, '1 day', '1 day'),
('quotes', 'quotes', 20, '1 day', '1 day');

-- The only list of the levels; both trees have the same.
insert into ops.lifecycle (
    relation, kind, level, "position", child,
    width, chunk, refresh_end, columnstore_after, keep, live
)
select
    tree.prefix || levels.level,
    tree.kind,
    levels.level,
    tree."position" + levels."position",
    coalesce(tree.prefix || levels.child, tree.kind),
    levels.width,
    levels.chunk,
    coalesce(levels.refresh_end, levels.width),
    levels.columnstore_after,
    levels.keep,
    levels.keep is not null
from (
    values
    ('trades', 'candles_', 0),
    ('quotes', 'quote_candles_', 20)
) as tree (kind, prefix, "position")
cross join (
    values
    ('1m', 1, null, interval '1 min', null::interval, interval '7 days', interval '14 days',
        null::interval),
    ('5m', 2, '1m', '5 min', null, '35 days', '30 days', null),
    ('15m', 3, '1m', '15 min', null, '70 days', '30 days', null),
    ('30m', 4, '1m', '30 min', null, '140 days', '30 days', null),
    ('1h', 5, '1m', '1 hour', null, '350 days', '30 days', null),
    ('4h', 6, '1h', '4 hours', null, '1400 days', '90 days', null),
    ('12h', 7, '1h', '12 hours', null, '1400 days', '90 days', null),
    ('1d', 8, '1h', '1 day', null, '1400 days', '90 days', null),
    ('1s', 9, null, '1 second', '2 seconds', '6 hours', null, '1 day')
) as levels (
    level, "position", child, width, refresh_end, chunk, columnstore_after, keep
);

-- include functions/ops.check_lifecycle.sql

create constraint trigger lifecycle_windows
after insert or update or delete on ops.lifecycle
deferrable initially deferred
for each row execute function ops.check_lifecycle();

create table ops.retention_floors (
    relation text collate "C" not null,
    floor_ts timestamptz not null default '-infinity',
    kept tstzmultirange not null default '{}',
    archived tstzmultirange not null default '{}',
    held tstzmultirange not null default '{}',
    constraint retention_floors_pkey primary key (relation),
    constraint retention_floors_relation
    foreign key (relation) references ops.lifecycle (relation)
);

comment on table ops.retention_floors is
'Below these times a relation was dropped; older events, and refreshes below, would spoil candles.';
comment on column ops.retention_floors.floor_ts is 'End of the newest chunk that was dropped.';
comment on column ops.retention_floors.kept is
'Ranges below it that are there all the same: they wait for the archive, or came back from it.';
comment on column ops.retention_floors.archived is 'Ranges below it that only the archive has.';
comment on column ops.retention_floors.held is
'The days of ops.restored_days: nothing of them is dropped, and changes of them are taken.';

insert into ops.retention_floors (relation) select relation from ops.lifecycle;

create table ops.archive_state (
    is_on boolean not null,
    seen_at timestamptz not null,
    only_row boolean not null default true,
    constraint archive_state_pkey primary key (only_row),
    constraint archive_state_one_row check (only_row)
);

comment on table ops.archive_state is
'Whether days go to an archive before they are dropped; no row: there never was one.';
comment on column ops.archive_state.is_on is 'Nothing is dropped that the archive does not have.';
comment on column ops.archive_state.seen_at is 'When the archiver last reached its files.';

grant select on ops.archive_state to stockpulse_loader;

-- include functions/ops.see_archive.sql

-- include functions/ops.leave_archive.sql

-- include functions/ops.awaits_archive.sql

-- include functions/ops.sees_archive.sql

-- include functions/ops.relation_of.sql

-- include functions/ops.first_bucket.sql

-- include functions/ops.made_ranges.sql

-- In UTC, as elsewhere a day may have 23 hours. Chunks are dropped as a whole.
create view ops.age_limits as
select
    ages.relation,
    ages.since,
    ages.held,
    format(
        '%s before %s are not kept: %s',
        ages.relation,
        regexp_replace(
            to_char(ages.since at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'),
            ' 00:00:00 UTC', ''
        ),
        case
            when ages.archived <> '{}'
                then
                    'stockpulse restore DAY brings back a day that the archive has'
            when ages.keep is null
                then 'they were dropped for good before they were kept for ever'
            when ages.floor_ts >= ages.since
                then
                    format(
                        'market.%s keeps %s, and dropped them for good', ages.relation, ages.keep
                    )
            else
                format(
                    'market.%1$s keeps %2$s; stockpulse lifecycle set %1$s --keep forever%3$s',
                    ages.relation,
                    ages.keep,
                    case when isfinite(ages.floor_ts) then regexp_replace(
                        to_char(
                            ages.floor_ts at time zone 'UTC',
                            '" takes those since "YYYY-MM-DD HH24:MI:SS "UTC"'
                        ),
                        ' 00:00:00 UTC', ''
                    ) end
                )
        end
    ) as sentence
from (
    select
        lifecycle.relation,
        lifecycle.keep,
        floors.floor_ts,
        floors.archived,
        floors.held,
        greatest(
            floors.floor_ts,
            date_bin(
                make_interval(secs => extract(epoch from lifecycle.chunk)::double precision),
                (now() at time zone 'UTC' - lifecycle.keep) at time zone 'UTC',
                '1970-01-01 00:00+00'
            )
        ) as since
    from ops.lifecycle
    inner join ops.retention_floors as floors using (relation)
    where lifecycle.child is null
) as ages
where isfinite(ages.since);

comment on view ops.age_limits is
'Since when trades or quotes are taken that are not kept for ever: older ones are refused.';
comment on column ops.age_limits.since is 'Time of the oldest events that are taken.';
comment on column ops.age_limits.held is
'Ranges before it whose events are taken all the same: days that were restored.';
comment on column ops.age_limits.sentence is 'Why older ones are not, for people.';

grant select on ops.lifecycle, ops.retention_floors, ops.age_limits to stockpulse_loader;

reset role;
