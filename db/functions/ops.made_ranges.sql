-- Below the floor of what it is made from only ranges that are still there, or there again.
create or replace function ops.made_ranges(relation text) returns tstzmultirange
language sql stable
set search_path = pg_catalog, public, pg_temp
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
    select tstzmultirange(tstzrange(ops.first_bucket($1), null)) + coalesce(
        (
            select range_agg(tstzrange(whole.since, whole.until))
            from ops.lifecycle
            inner join ops.retention_floors as floors on lifecycle.child = floors.relation
            cross join unnest(floors.kept) as part
            cross join lateral (
                select
                    time_bucket(
                        lifecycle.width, lower(part) + lifecycle.width - interval '1 microsecond'
                    ) as since,
                    time_bucket(lifecycle.width, upper(part)) as until
            ) as whole
            where lifecycle.relation = $1 and not lifecycle.live and whole.since < whole.until
        ),
        '{}'
    )
$$;

comment on function ops.made_ranges is
'Where the buckets of a level are or can be stored: what they are made from is there.';
