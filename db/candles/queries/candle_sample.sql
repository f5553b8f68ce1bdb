select
    relation,
    since,
    until,
    symbol
from ops.candle_sample(
    %(samples)s,
    %(symbol)s::text,
    coalesce(%(since)s::timestamptz, '-infinity'),
    coalesce(%(until)s::timestamptz, 'infinity')
)
