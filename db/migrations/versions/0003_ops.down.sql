-- Loses the offsets, and so the position in every topic, the rejects and the batches.
drop table ops.load_batches;
drop table ops.rejects;
drop table ops.kafka_offsets;
