-- As the session's role may see it: others find the state of standbys null. On a standby, of those
-- that it feeds.
with place as (
    select
        case
            when pg_is_in_recovery() then pg_last_wal_replay_lsn()
            else pg_current_wal_lsn()
        end as lsn
)
select
    json_build_object(
        'slots',
        (
            select
                coalesce(
                    json_agg(
                        json_build_object(
                            'slot', slot_name,
                            'kind', slot_type,
                            'active', active,
                            'wal_status', wal_status,
                            'retained_bytes', pg_wal_lsn_diff(place.lsn, restart_lsn)::bigint
                        )
                        order by slot_name
                    ),
                    '[]'
                )
            from pg_catalog.pg_replication_slots
        ),
        'replicas',
        (
            select
                coalesce(
                    json_agg(
                        json_build_object(
                            'name', application_name,
                            'state', state,
                            'sync_state', sync_state,
                            'behind_bytes', pg_wal_lsn_diff(place.lsn, replay_lsn)::bigint,
                            'lag_seconds', extract(epoch from replay_lag)
                        )
                        order by application_name
                    ),
                    '[]'
                )
            from pg_catalog.pg_stat_replication
            where coalesce(state, '') <> 'backup'
        ),
        'receives',
        case
            when pg_is_in_recovery()
                then exists (
                    select from pg_catalog.pg_stat_wal_receiver
                    where coalesce(status, 'streaming') = 'streaming'
                )
        end
    )::text
from place
