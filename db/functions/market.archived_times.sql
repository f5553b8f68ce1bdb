create or replace function market.archived_times(kind text, level text) returns tstzmultirange
language sql stable parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(range_agg(floors.archived), '{}')
    from ops.retention_floors as floors
    inner join ops.lifecycle using (relation)
    where lifecycle.kind = $1 and (lifecycle.child is null or lifecycle.level = $2)
$$;

comment on function market.archived_times is
'The times whose trades or quotes, or whose candles of a level, only the archive has.';

revoke execute on function market.archived_times from public;
grant execute on function market.archived_times to stockpulse_reader;
