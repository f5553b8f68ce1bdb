select *
from ops.candle_mismatches(
    %(relation)s, %(since)s::timestamptz, %(until)s::timestamptz, %(symbol)s::text, %(source)s::text
)
