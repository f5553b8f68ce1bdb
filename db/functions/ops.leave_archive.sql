create or replace function ops.leave_archive() returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    update ops.archive_state set is_on = false
$$;

comment on function ops.leave_archive is
'Lets retention drop what is too old without an archive again; what was restored stays.';

revoke execute on function ops.leave_archive from public;
