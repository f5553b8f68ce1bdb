-- Nobody reads from it, so all WAL since its place is kept, until the disk is full. A short restart
-- of its reader is no fault. PostgreSQL 16 does not tell since when a slot is inactive; since 17 a
-- standby may have slots that follow those of its primary.
with slots as (
    select
        slot_name,
        slot_type,
        wal_status,
        (to_jsonb(slots) ->> 'inactive_since')::timestamptz as inactive_since,
        pg_wal_lsn_diff(
            case
                when pg_is_in_recovery() then pg_last_wal_replay_lsn()
                else pg_current_wal_lsn()
            end,
            restart_lsn
        ) as kept
    from pg_catalog.pg_replication_slots as slots
    where not active and coalesce(to_jsonb(slots) ->> 'synced', 'false') = 'false'
)
select
    format('the %s replication slot %s is inactive', slot_type, slot_name)
    || coalesce(
        to_char(
            inactive_since at time zone 'UTC', '" since "YYYY-MM-DD HH24:MI:SS" UTC"'
        ),
        ''
    )
    || case
        when wal_status = 'lost' then ', and what its reader needs is lost: make that anew'
        else format(
            ' and keeps %s of WAL%s',
            pg_size_pretty(kept),
            case
                when current_setting('max_slot_wal_keep_size') = '-1' then ', without a limit'
                else ''
            end
        )
    end
from slots
where
    wal_status in ('unreserved', 'lost')
    or kept >= 64 * 1024 ^ 2
    or (
        kept is not null
        and coalesce(inactive_since, '-infinity') < now() - interval '10 minutes'
    )
order by slot_name
