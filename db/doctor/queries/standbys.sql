-- Roles that may not see other sessions find their state null.
select
    format(
        'no standby of synchronous_standby_names (%s) is connected: every commit waits for one',
        current_setting('synchronous_standby_names')
    )
where
    not pg_is_in_recovery()
    and current_setting('synchronous_standby_names') <> ''
    and current_setting('synchronous_commit') not in ('off', 'local')
    and not exists (
        select from pg_catalog.pg_stat_replication
        where coalesce(sync_state, 'sync') <> 'async'
    )
union all
select
    'this server is a standby, and receives nothing from its primary: its last commit is of '
    || coalesce(
        to_char(
            pg_last_xact_replay_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'
        ),
        'before its start'
    )
where
    pg_is_in_recovery()
    and exists (
        select from pg_catalog.pg_settings
        where name = 'primary_conninfo' and setting <> ''
    )
    and not exists (
        select from pg_catalog.pg_stat_wal_receiver
        where coalesce(status, 'streaming') = 'streaming'
    )
