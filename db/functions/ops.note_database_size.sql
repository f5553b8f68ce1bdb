-- A backfill, or a day on which much is dropped, counts as one of seven.
create or replace function ops.note_database_size() returns double precision
language plpgsql volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    size constant bigint := pg_database_size(current_database());
begin
    if not pg_is_in_recovery() and not exists (
        select from ops.database_sizes where measured_at > now() - interval '1 hour'
    ) then
        insert into ops.database_sizes (bytes) values (size) on conflict do nothing;
        delete from ops.database_sizes where measured_at < now() - interval '8 days';
    end if;
    return (
        select (size - bytes) / (extract(epoch from now() - measured_at) / 86400)
        from ops.database_sizes
        where measured_at between now() - interval '7 days' and now() - interval '1 day'
        order by measured_at
        limit 1
    );
end $$;

comment on function ops.note_database_size is
'Notes the size of the database, once per hour, and returns how many bytes it has grown per day,
over up to seven days; null before the second.';

revoke execute on function ops.note_database_size from public;
grant execute on function ops.note_database_size to stockpulse_loader;
