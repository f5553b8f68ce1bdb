with standbys as (
    select
        application_name,
        replay_lag,
        pg_wal_lsn_diff(
            case when not pg_is_in_recovery() then pg_current_wal_lsn() end, replay_lsn
        ) as behind
    from pg_catalog.pg_stat_replication
    where state = 'streaming'
)
select format('the standby %s is %s of WAL behind', application_name, pg_size_pretty(behind))
from standbys
where behind >= 1024 ^ 3 or (behind >= 64 * 1024 ^ 2 and replay_lag > interval '5 minutes')
order by application_name
