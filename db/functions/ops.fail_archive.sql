-- Before the first run that reaches the files there is nothing that waits for them.
create or replace function ops.fail_archive(reason text) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into ops.archive_state (is_on, seen_at, failed_at, failure)
    values (false, '-infinity', clock_timestamp(), reason)
    on conflict on constraint archive_state_pkey do update
    set failed_at = excluded.failed_at, failure = excluded.failure
$$;

comment on function ops.fail_archive is 'Notes that a run of the archiver has failed, and why.';

revoke execute on function ops.fail_archive from public;
grant execute on function ops.fail_archive to stockpulse_loader;
