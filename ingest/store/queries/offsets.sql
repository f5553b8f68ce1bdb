select
    topic,
    "partition",
    next_offset,
    cluster_id,
    topic_id
from ops.kafka_offsets
where topic = any(%(topics)s)
