-- An archiver that is run by cron once a day has to run within these hours before the retention.
create or replace function ops.sees_archive() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(bool_or(is_on and seen_at > now() - interval '6 hours'), false)
    from ops.archive_state
$$;

comment on function ops.sees_archive is
'Whether the archiver has reached its files of late: else nothing that waits for it is dropped.';
