create table ops.update_runs (
    history text collate "C" not null,
    scope text collate "C" not null,
    kind text collate "C" not null,
    slot timestamptz not null,
    state text not null,
    failures integer not null default 0,
    started_at timestamptz not null,
    ended_at timestamptz,
    next_at timestamptz not null,
    symbols text [] collate "C" not null,
    since timestamptz,
    until timestamptz,
    result text,
    constraint update_runs_pkey primary key (history, scope, kind, slot),
    constraint update_runs_state check (
        state in ('running', 'done', 'failed', 'interrupted', 'waiting')
    )
);

comment on table ops.update_runs is
'The runs that keep histories up to date: one row per slot, so that none is run twice.';
comment on column ops.update_runs.scope is
'Hash of the symbols: with other symbols a slot is run as well.';
comment on column ops.update_runs.kind is 'hourly, sweep, revisions and so on.';
comment on column ops.update_runs.slot is 'When the run was due, by the UTC clock.';
comment on column ops.update_runs.state is
'running: it goes on, or was killed and is run again; waiting: a venue''s limit is met.';
comment on column ops.update_runs.failures is
'Runs of the kind that failed one after another, up to this one.';
comment on column ops.update_runs.next_at is 'When the next run of the kind is due.';
comment on column ops.update_runs.since is
'From here to until the history is complete, or in ops.download_hours; null: not known.';
comment on column ops.update_runs.until is 'End of that range, exclusive.';
comment on column ops.update_runs.result is 'What it did, or why it failed, in one line.';

grant select, insert, update on ops.update_runs to stockpulse_loader;
