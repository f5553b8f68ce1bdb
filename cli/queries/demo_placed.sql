select exists (select from ops.kafka_offsets)
