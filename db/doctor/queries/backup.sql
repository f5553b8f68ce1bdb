select 'archive_mode is off and there is no standby: the loss of the disk is a loss of data'
where
    current_setting('archive_mode') = 'off'
    and not exists (select from pg_catalog.pg_stat_replication)
    and not exists (select from pg_catalog.pg_replication_slots)
