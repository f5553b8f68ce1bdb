-- Later slots are those of a clock that was ahead.
select distinct on (kind)
    kind,
    slot,
    state,
    failures,
    next_at
from ops.update_runs
where history = %(history)s and scope = %(scope)s and slot <= %(now)s
order by kind, slot desc
