create sequence ops.download_runs;
comment on sequence ops.download_runs is
'Numbers of downloads: each holds an advisory lock on its own for as long as it runs.';
grant usage on sequence ops.download_runs to stockpulse_loader;

create table ops.download_hours (
    source text collate "C" not null,
    symbol text collate "C" not null,
    hour timestamptz not null,
    state text not null default 'planned',
    tries integer not null default 0,
    empties integer not null default 0,
    next_try_at timestamptz,
    claimed_by integer,
    "rows" integer,
    sha256 bytea,
    body bytea,
    verified_at timestamptz,
    constraint download_hours_pkey primary key (source, symbol, hour),
    constraint download_hours_state check (
        state in (
            'planned', 'done', 'empty_expected', 'empty_suspect', 'empty_confirmed', 'not_yet',
            'retry', 'corrupt'
        )
    )
);

create index download_hours_due on ops.download_hours (hour, symbol) where next_try_at is not null;

comment on table ops.download_hours is
'The hours that downloads have asked for, or will; an hour is done once Kafka has its messages.';
comment on column ops.download_hours.hour is 'Start of the hour.';
comment on column ops.download_hours.tries is 'Answers that led to this state, one after another.';
comment on column ops.download_hours.empties is 'Answers without ticks since there were any.';
comment on column ops.download_hours.next_try_at is 'When to ask again; null: it is settled.';
comment on column ops.download_hours.claimed_by is
'The download that works on it, as long as that holds its lock.';
comment on column ops.download_hours."rows" is 'Ticks that were published; null: never.';
comment on column ops.download_hours.sha256 is
'Of the answer that was published as a whole; null: the next one replaces what there is.';
comment on column ops.download_hours.body is 'The answer as it came, while it is corrupt.';
comment on column ops.download_hours.verified_at is 'When the venue last gave this answer.';

grant select, insert, update on ops.download_hours to stockpulse_loader;
