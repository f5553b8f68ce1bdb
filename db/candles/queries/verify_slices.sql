select
    relations,
    since,
    until
from ops.verify_slices(
    coalesce(%(since)s::timestamptz, '-infinity'),
    coalesce(%(until)s::timestamptz, 'infinity'),
    %(rows)s
)
