select ops.count_candles(
    %(level)s, %(since)s::timestamptz, %(until)s::timestamptz, %(symbol)s::text, %(source)s::text
)
