create or replace function ops.first_bucket(relation text) returns timestamptz
language sql stable
set search_path = pg_catalog, public
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
    select case
        when isfinite(floor_ts)
            then time_bucket(width, floor_ts + width - interval '1 microsecond')
        else floor_ts
    end
    from ops.lifecycle
    inner join ops.retention_floors on lifecycle.child = retention_floors.relation
    where lifecycle.relation = $1
$$;

comment on function ops.first_bucket is
'Start of the first bucket of a relation that can still be made from all its events.';
