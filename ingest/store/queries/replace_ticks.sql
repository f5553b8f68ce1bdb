select ops.replace_ticks(
    %(topic)s, %(partition)s, %(offset)s, %(batch)s,
    %(symbol)s, %(source)s, %(from_ts)s::timestamptz, %(to_ts)s::timestamptz
)
