select
    since,
    until
from ops.candle_slices(
    %(level)s,
    coalesce(%(since)s::timestamptz, '-infinity'),
    coalesce(%(until)s::timestamptz, 'infinity'),
    not %(every)s
)
