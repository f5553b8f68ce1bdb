create or replace function ops.changed_days(
    kind text, after bigint, until timestamptz default 'infinity'
) returns table (day date, number bigint)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with touched as (
        select changes.number, changed.since, changed.until
        from ops.changes as changes
        inner join ops.changed_ranges as changed on changes.change = changed.change
        where changes.number > $2 and changed.kind = rtrim($1, 's') and changed.since < $3
        union all
        select changes.number, moment.at, moment.at + interval '1 microsecond'
        from ops.changes as changes
        inner join ops.changed_events as changed on changes.change = changed.change
        cross join unnest(array[changed.ts, changed.old_ts]) as moment (at)
        where changes.number > $2 and changed.kind = rtrim($1, 's') and moment.at < $3
    )
    select (one.day at time zone 'UTC')::date, max(touched.number)
    from touched
    cross join generate_series(
        date_bin('1 day', touched.since, '2000-01-01 00:00+00'),
        least(touched.until, $3) - interval '1 microsecond',
        interval '24 hours'
    ) as one (day)
    group by one.day
$$;

comment on function ops.changed_days is
'The days in UTC on which trades or quotes changed after a change, and the newest change of each.';

revoke execute on function ops.changed_days from public;
