-- Whether no archiver has reached its files for an hour, and whether this login may be one.
select
    not exists (
        select from ops.archive_state
        where is_on and seen_at > now() - interval '1 hour' and failed_at is null
    ) as is_due,
    pg_has_role(session_user, 'stockpulse_owner', 'member') as may_archive
