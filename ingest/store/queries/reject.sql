select id, topic, "partition", "offset", "key", "value", source, reason, detail, rejected_at
from ops.rejects
where id = %(id)s
