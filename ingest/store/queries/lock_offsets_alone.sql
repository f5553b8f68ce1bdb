-- A tick that another loader is just storing must not escape its being cancelled.
lock table ops.kafka_offsets in share row exclusive mode
