insert into ops.rejects (topic, "partition", "offset", "key", "value", source, reason, detail)
values (
    %(topic)s, %(partition)s, %(offset)s, %(key)s, %(value)s, %(source)s, %(reason)s, %(detail)s
)
