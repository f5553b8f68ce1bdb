-- Histories whose newest run fails again and again, or whose next run has been due for hours: a
-- single failure is tried again within minutes. Slots of the future are those of a clock that was
-- ahead.
with newest as (
    select distinct on (history, kind)
        history,
        kind,
        state,
        failures,
        next_at,
        result
    from ops.update_runs
    where slot <= now()
    order by history asc, kind asc, slot desc, started_at desc
)
select
    case
        when state = 'failed' and failures > 2 then format(
            'the run %s of the history %s has failed %s times: %s', kind, history, failures, result
        )
        else format(
            'the run %s of the history %s has been due since %s',
            kind,
            history,
            to_char(next_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
        )
    end
from newest
where (state = 'failed' and failures > 2) or next_at < now() - interval '3 hours'
union all
select
    format(
        'the history %s has runs of %s, which is to come: a clock was ahead',
        history,
        to_char(max(slot) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
    )
from ops.update_runs
where slot > now() + interval '1 hour'
group by history
