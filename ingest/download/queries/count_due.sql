select count(*)
from ops.download_hours
where
    source = %(source)s and symbol = any(%(symbols)s::text [])
    and hour >= %(since)s and hour < %(until)s
    and next_try_at <= %(now)s
