-- Loses the offsets, and with them the place in every topic, the rejects and the batches.
drop table ops.load_batches;
drop table ops.rejects;
drop table ops.kafka_offsets;
