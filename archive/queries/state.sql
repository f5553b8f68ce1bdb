select
    coalesce(newest.number, 0) as change,
    coalesce(newest.mark, 0) as mark,
    now() as at
from (values (1)) as one (row)
left join lateral (
    select
        number,
        mark
    from ops.changes
    order by number desc
    limit 1
) as newest on true
