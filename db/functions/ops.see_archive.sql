create or replace function ops.see_archive() returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    insert into ops.archive_state (is_on, seen_at) values (true, clock_timestamp())
    on conflict on constraint archive_state_pkey do update
    set is_on = true, seen_at = excluded.seen_at
$$;

comment on function ops.see_archive is
'Notes that the archiver has reached its files just now, and that retention waits for it.';

revoke execute on function ops.see_archive from public;
grant execute on function ops.see_archive to stockpulse_loader;
