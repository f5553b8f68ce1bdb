-- A tick that another loader is storing at this moment must not escape its cancellation.
lock table ops.kafka_offsets in share row exclusive mode
