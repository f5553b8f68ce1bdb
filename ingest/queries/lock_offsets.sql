-- Taken before the transaction's snapshot: whoever cancels ticks waits for it, and it for them.
lock table ops.kafka_offsets in row exclusive mode
