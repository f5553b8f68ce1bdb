select id, topic, "partition", "offset", "key", "value", source, reason, detail, rejected_at
from ops.rejects
where id > %(after)s and (%(reason)s::text is null or reason = %(reason)s)
order by id
limit %(limit)s
