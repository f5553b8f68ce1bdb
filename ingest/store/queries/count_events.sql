select ops.count_events(
    %(kind)s, %(symbol)s, %(source)s, %(since)s::timestamptz, %(until)s::timestamptz
)
