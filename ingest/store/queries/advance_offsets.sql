-- Compare and set: misses a partition whose offset another loader has advanced.
update ops.kafka_offsets as stored
set next_offset = taken.next_offset, updated_at = clock_timestamp()
from unnest(
    %(topics)s::text [], %(partitions)s::integer [], %(firsts)s::bigint [], %(nexts)s::bigint []
) as taken (topic, "partition", first_offset, next_offset)
where
    stored.topic = taken.topic
    and stored."partition" = taken."partition"
    and stored.next_offset = taken.first_offset
