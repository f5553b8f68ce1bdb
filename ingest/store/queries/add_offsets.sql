insert into ops.kafka_offsets (topic, "partition", next_offset, cluster_id, topic_id)
values (%(topic)s, %(partition)s, %(next_offset)s, %(cluster_id)s, %(topic_id)s)
on conflict do nothing
