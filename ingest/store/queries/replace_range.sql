select ops.replace_range(
    %(topic)s, %(partition)s, %(offset)s, %(batch)s, %(batch_name)s,
    %(kind)s, %(symbol)s, %(source)s, %(since)s::timestamptz, %(until)s::timestamptz
)
