lock table ops.kafka_offsets in row exclusive mode
