create or replace function market.newest_change(out number bigint, out mark bigint)
returns setof record
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select number, mark from ops.changes order by number desc limit 1
$$;

comment on function market.newest_change is
'The newest change that is seen, with its mark; no row before the first.';

revoke execute on function market.newest_change from public;
grant execute on function market.newest_change to stockpulse_reader;
