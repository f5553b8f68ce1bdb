-- Roles that may not see other sessions find the state of standbys null; a slot alone is no copy.
select 'WAL is not archived and no standby is connected: the loss of the disk is a loss of data'
where
    not pg_is_in_recovery()
    and not exists (
        select from pg_catalog.pg_stat_replication
        where coalesce(state, 'streaming') = 'streaming'
    )
    and (
        current_setting('archive_mode') = 'off'
        or not exists (
            select from pg_catalog.pg_stat_archiver
            where last_archived_time >= coalesce(last_failed_time, '-infinity')
        )
    )
