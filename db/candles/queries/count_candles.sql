select ops.count_candles(
    %(relation)s, %(since)s::timestamptz, %(until)s::timestamptz, %(symbol)s::text, %(source)s::text
)
