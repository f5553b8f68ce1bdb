select *
from ops.compare_candles(
    %(relations)s::text [], %(since)s::timestamptz, %(until)s::timestamptz,
    %(symbol)s::text, %(source)s::text
)
