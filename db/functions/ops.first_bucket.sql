create or replace function ops.first_bucket(relation text) returns timestamptz
language sql stable
set search_path = pg_catalog, public, pg_temp
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
    select case
        when isfinite(floor_ts)
            then time_bucket(width, floor_ts + width - interval '1 microsecond')
        else floor_ts
    end
    from (
        select
            lifecycle.width,
            max(floor_ts) as floor_ts
        from ops.lifecycle
        inner join ops.retention_floors
            on retention_floors.relation = lifecycle.child
            or (lifecycle.live and retention_floors.relation = lifecycle.relation)
        where lifecycle.relation = $1
        group by lifecycle.width
    ) as bounds
$$;

comment on function ops.first_bucket is
'Start of the first bucket that is or can be stored: made from all its events.';
