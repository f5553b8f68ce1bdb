select count(*)
from ops.replacements
where
    batch_name = %(batch_name)s and kind = %(kind)s
    and symbol = %(symbol)s and source = %(source)s
    and ts >= %(since)s::timestamptz and ts < %(until)s::timestamptz
