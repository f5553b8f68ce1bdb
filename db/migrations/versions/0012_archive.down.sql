-- Loses what is known of the archive; its files stay.
drop function ops.settled_days(text, timestamptz);
drop table ops.restored_days;
drop function ops.hold_restored();
update ops.retention_floors set held = '{}';
drop table ops.archives;
drop schema iceberg cascade;
