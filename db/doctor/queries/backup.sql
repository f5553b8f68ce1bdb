select 'archive_mode is off and there is no standby: a lost disk loses what Kafka no longer holds'
where
    current_setting('archive_mode') = 'off'
    and not exists (select from pg_catalog.pg_stat_replication)
    and not exists (select from pg_catalog.pg_replication_slots)
