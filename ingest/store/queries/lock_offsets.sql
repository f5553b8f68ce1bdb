-- Taken before the transaction's snapshot: the floor that is then read cannot move any more, and
-- whoever cancels ticks waits for it, and it for them.
lock table ops.kafka_offsets in row exclusive mode
