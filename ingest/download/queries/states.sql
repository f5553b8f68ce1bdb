select
    state,
    count(*) as hours,
    min(next_try_at) as next_try_at
from ops.download_hours
where
    source = %(source)s and symbol = any(%(symbols)s::text [])
    and hour >= %(since)s and hour < %(until)s
group by state
