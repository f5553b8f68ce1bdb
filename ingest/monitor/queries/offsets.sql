select
    topic,
    "partition",
    next_offset,
    extract(epoch from updated_at)::double precision as stored_at
from ops.kafka_offsets
where topic = any(%(topics)s)
