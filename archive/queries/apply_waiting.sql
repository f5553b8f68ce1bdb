-- In the order in which they came. An amendment means an event of the day after it, or of the
-- seven days before.
select count(*) filter (where ops.apply_amendment(waiting.id)) as applied
from (
    select id
    from ops.amendments
    where
        applied_at is null
        and kind || 's' = %(kind)s
        and symbol = any(%(symbols)s::text [])
        and ts >= %(since)s::timestamptz - interval '1 day'
        and ts < %(until)s::timestamptz + interval '7 days'
    order by id
    offset 0 -- not merged with the query around it, which would lose the order
) as waiting
