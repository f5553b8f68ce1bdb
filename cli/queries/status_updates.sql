-- The newest run of each kind; later slots are those of a clock that was ahead.
select distinct on (history, kind)
    history,
    kind,
    state,
    coalesce(ended_at, started_at) as ran_at,
    next_at,
    result
from ops.update_runs
where slot <= now()
order by history, kind, slot desc, started_at desc
