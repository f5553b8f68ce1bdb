update ops.download_hours
set
    state = %(state)s,
    tries = %(tries)s,
    empties = %(empties)s,
    next_try_at = %(next_try_at)s,
    claimed_by = null,
    sha256 = coalesce(%(sha256)s, sha256),
    body = %(body)s,
    verified_at = coalesce(%(verified_at)s, verified_at)
where source = %(source)s and symbol = %(symbol)s and hour = %(hour)s
