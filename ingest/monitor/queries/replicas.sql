-- For members of pg_monitor. A replica that has replayed all has no lag, however long ago.
with replicas as (
    select
        coalesce(nullif(application_name, ''), 'unnamed') as replica,
        case
            when replay_lsn >= pg_current_wal_lsn() then 0
            else coalesce(extract(epoch from replay_lag), 0)
        end as seconds
    from pg_stat_replication
    where state = 'streaming' and not pg_is_in_recovery()
)
select
    'stockpulse_replicas_connected' as gauge,
    '{}'::text [] as labels,
    count(*)::double precision as value
from replicas
union all
select
    'stockpulse_replica_lag_seconds',
    array[replica],
    max(seconds)
from replicas
group by replica
