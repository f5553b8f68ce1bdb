select count(*)
from ops.replacements
where
    batch = %(batch)s and symbol = %(symbol)s and source = %(source)s
    and ts >= %(from_ts)s::timestamptz and ts < %(to_ts)s::timestamptz
