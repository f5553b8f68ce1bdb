-- Before the transaction's snapshot: no batch is under way that would not log its minutes.
lock table ops.kafka_offsets in share row exclusive mode
