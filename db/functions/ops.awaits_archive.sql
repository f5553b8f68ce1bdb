create or replace function ops.awaits_archive() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(bool_or(is_on), false) from ops.archive_state
$$;

comment on function ops.awaits_archive is
'Whether retention drops only what the archive has.';
