select
    since,
    until
from ops.candle_days(
    coalesce(%(since)s::timestamptz, '-infinity'), coalesce(%(until)s::timestamptz, 'infinity')
)
