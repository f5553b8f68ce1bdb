-- Loses the offsets, and with them the place in every topic, the rejects and the batches; the old
-- values of amended events, and late ones that wait.
drop table ops.rules_version;
drop table ops.backfills;
drop table ops.replacements;
drop table ops.amendments;
drop table ops.late_events;
drop table ops.load_batches;
drop sequence ops.load_batch_ids;
drop table ops.rejects;
drop table ops.kafka_offsets;
