select min(hour)
from ops.download_hours
where
    source = %(source)s and symbol = any(%(symbols)s::text [])
    and hour >= %(start)s and hour < %(end)s
    and next_try_at <= %(now)s
