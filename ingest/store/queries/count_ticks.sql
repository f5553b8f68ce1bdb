select ops.count_ticks(
    %(symbol)s, %(source)s, %(from_ts)s::timestamptz, %(to_ts)s::timestamptz
)
