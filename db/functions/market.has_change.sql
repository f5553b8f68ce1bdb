create or replace function market.has_change(number bigint, mark bigint) returns boolean
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select exists (select from ops.changes as known where known.number = $1 and known.mark = $2)
$$;

comment on function market.has_change is
'Whether the log goes back to this change, and it is the one with this mark.';

revoke execute on function market.has_change from public;
grant execute on function market.has_change to stockpulse_reader;
