-- Of the server that answers. An idle primary sends nothing: a standby that has replayed all that
-- it received is not behind, as long as it still receives. Otherwise its last commit tells, or if
-- it has replayed none since its start, its last checkpoint.
select
    format('%s:%s', inet_server_addr(), inet_server_port()) as server,
    pg_is_in_recovery() as is_standby,
    coalesce(pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn(), false)
    and exists (select from pg_stat_wal_receiver) as is_level,
    extract(
        epoch from clock_timestamp() - coalesce(
            pg_last_xact_replay_timestamp(),
            (select checkpoint_time from pg_control_checkpoint())
        )
    )::double precision as seconds_since_commit
