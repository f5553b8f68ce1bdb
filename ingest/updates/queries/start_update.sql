insert into ops.update_runs (
    history, scope, kind, slot, state, failures, started_at, next_at, symbols
)
values (
    %(history)s,
    %(scope)s,
    %(kind)s,
    %(slot)s,
    'running',
    %(failures)s,
    %(now)s,
    %(next_at)s,
    %(symbols)s
)
on conflict on constraint update_runs_pkey do update
set
    state = excluded.state,
    failures = excluded.failures,
    started_at = excluded.started_at,
    ended_at = null,
    next_at = excluded.next_at,
    result = null
