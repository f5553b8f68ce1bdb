update ops.update_runs
set
    state = %(state)s,
    failures = %(failures)s,
    ended_at = %(now)s,
    next_at = %(next_at)s,
    since = coalesce(%(start)s, since),
    until = coalesce(%(end)s, until),
    result = %(result)s
where
    history = %(history)s and scope = %(scope)s and kind = %(kind)s and slot = %(slot)s
