-- Loses what is known of the archive; its files stay.
drop function market.archived_days;
drop table ops.restored_days;
drop table ops.archives;
drop schema iceberg cascade;
