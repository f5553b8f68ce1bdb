-- Before the transaction's snapshot: so the floor that is read next cannot move any more, and a
-- transaction that cancels ticks and this one wait for each other.
lock table ops.kafka_offsets in row exclusive mode
