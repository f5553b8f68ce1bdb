select id, topic, "partition", "offset", "key", "value", source, reason, detail, rejected_at
from ops.rejects
where
    id > %(after)s
    and (%(reason)s::text is null or reason = %(reason)s)
    and (%(topic)s::text is null or topic = %(topic)s)
    and (%(since)s::timestamptz is null or rejected_at >= %(since)s)
    and (%(until)s::timestamptz is null or rejected_at < %(until)s)
order by id
limit %(limit)s
