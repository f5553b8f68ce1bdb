-- What feeds have sent and what they have missed, as their markers say.

create table ops.feed_sessions (
    source text collate "C" not null,
    topic text collate "C" not null,
    "partition" integer not null,
    session text collate "C" not null,
    since timestamptz not null,
    until timestamptz,
    ended_at timestamptz,
    reason text,
    first_offset bigint not null,
    last_offset bigint not null,
    constraint feed_sessions_pkey primary key (source, topic, "partition", session),
    constraint feed_sessions_ended check (ended_at is null or ended_at <= until)
)
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

create index feed_sessions_open on ops.feed_sessions (source) where ended_at is null;

comment on table ops.feed_sessions is
'Connections of sources as their markers tell of them, one row per partition that has some.';
comment on column ops.feed_sessions.since is 'From when on the first of its series is covered.';
comment on column ops.feed_sessions.until is
'Its newest heartbeat: every event of its series in this partition up to then was sent.';
comment on column ops.feed_sessions.ended_at is 'Null: it goes on, or its process was killed.';
comment on column ops.feed_sessions.reason is 'Why it ended.';
comment on column ops.feed_sessions.first_offset is 'Of its first marker in the partition.';
comment on column ops.feed_sessions.last_offset is 'Of its last marker in the partition.';

create table ops.feed_series (
    symbol text collate "C" not null,
    source text collate "C" not null,
    event_kind text not null,
    session text collate "C" not null,
    topic text collate "C" not null,
    "partition" integer not null,
    "offset" bigint not null,
    since timestamptz not null,
    until timestamptz,
    constraint feed_series_pkey primary key (
        symbol, source, event_kind, session, topic, "partition", "offset"
    ),
    constraint feed_series_kind check (event_kind in ('trade', 'quote'))
);

create index feed_series_of_session on ops.feed_series (source, session);

comment on table ops.feed_series is 'The series of feed sessions, one row per start.';
comment on column ops.feed_series.event_kind is 'trade or quote.';
comment on column ops.feed_series.topic is 'Topic, partition and offset: the start.';
comment on column ops.feed_series.since is 'Every event from then on was sent.';
comment on column ops.feed_series.until is 'Null: as long as the session.';

create table ops.feed_gaps (
    symbol text collate "C" not null,
    source text collate "C" not null,
    event_kind text not null,
    since timestamptz not null,
    until timestamptz not null,
    first_id text collate "C",
    last_id text collate "C",
    session text collate "C" not null,
    reason text,
    constraint feed_gaps_key unique nulls not distinct (
        symbol, source, event_kind, since, until, first_id, last_id
    ),
    constraint feed_gaps_kind check (event_kind in ('trade', 'quote')),
    constraint feed_gaps_forward check (since < until)
);

comment on table ops.feed_gaps is
'Events that a source knows to be missing; what has been filled since then is in them too.';
comment on column ops.feed_gaps.event_kind is 'trade or quote.';
comment on column ops.feed_gaps.since is 'Time of the last event before the gap.';
comment on column ops.feed_gaps.until is 'Time of the first event after it.';
comment on column ops.feed_gaps.first_id is
'Id of the first event that is missing; null: not known.';
comment on column ops.feed_gaps.last_id is 'Id of the last one.';
comment on column ops.feed_gaps.session is 'The session that noticed it.';

create table ops.feed_fills (
    symbol text collate "C" not null,
    source text collate "C" not null,
    event_kind text not null,
    since timestamptz not null,
    until timestamptz not null,
    constraint feed_fills_pkey primary key (symbol, source, event_kind, since),
    constraint feed_fills_kind check (event_kind in ('trade', 'quote')),
    constraint feed_fills_forward check (since < until)
);

comment on table ops.feed_fills is
'Ranges that were loaded as a whole, by fills and batches; those that touch are one.';
comment on column ops.feed_fills.event_kind is 'trade or quote.';
comment on column ops.feed_fills.until is 'End of the range, exclusive.';

grant select
on ops.feed_sessions, ops.feed_series, ops.feed_gaps, ops.feed_fills
to stockpulse_loader;

create view ops.open_feeds as
select
    source,
    topic,
    "partition",
    session,
    since,
    coalesce(until, since) as until
from ops.feed_sessions as feed
where
    ended_at is null
    and not exists (
        select from ops.feed_sessions as other
        where
            other.source = feed.source
            and other.topic = feed.topic
            and other."partition" = feed."partition"
            and (
                -- offsets begin again where a topic is made again
                (other.first_offset > feed.last_offset and other.since >= feed.since)
                or other.until > coalesce(feed.until, feed.since) + interval '10 seconds'
            )
    )
    -- one whose partition has no symbol of the source any more
    and not exists (
        select from ops.feed_sessions as other
        where
            other.source = feed.source
            and other.until > coalesce(feed.until, feed.since) + interval '24 hours'
    );

comment on view ops.open_feeds is
'Sessions that go on. One whose process was killed is over once another session of the source has
begun behind its last marker in the partition, or has sent heartbeats there for ten seconds since, or
anywhere for a day.';

grant select on ops.open_feeds to stockpulse_loader;
