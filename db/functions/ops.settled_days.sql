-- Without a record of the archive a day is settled if it is empty. The rows are counted, as some that
-- were written by hand are in no change.
create or replace function ops.settled_days(relation text, until timestamptz) returns date []
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    store constant regclass := ops.store_of($1);
    kind constant text := (select kind from ops.lifecycle where lifecycle.relation = $1);
    time_column constant text := case $1 when kind then 'ts' else 'bucket' end;
    one record;
    stored bigint;
    settled date [] := '{}';
begin
    if not ops.awaits_archive() then
        return null;
    end if;
    for one in
        with days as (
            select distinct (day at time zone 'UTC')::date as day
            from timescaledb_information.chunks
            cross join generate_series(
                date_bin('1 day', range_start, '2000-01-01 00:00+00'),
                range_end - interval '1 microsecond',
                interval '24 hours'
            ) as day
            where format('%I.%I', hypertable_schema, hypertable_name)
                = ops.hypertable_of($1)::text
                and day + interval '24 hours' <= $2
        ),
        newest as (
            select distinct on (archives.day) archives.*
            from days
            inner join ops.archives on days.day = archives.day and archives.relation = $1
            order by archives.day, archived_at desc
        )
        select days.day, coalesce(newest."rows", 0) as "rows"
        from days
        left join newest on days.day = newest.day
        left join ops.changed_days(kind, (select min(change) from newest), $2) as changed
            on days.day = changed.day
        where (newest.day is null or newest.verified_at is not null)
            and coalesce(newest.change >= changed.number, true)
    loop
        execute format(
            'select count(*) from %1$s where %2$I >= %3$L and %2$I < %4$L',
            store, time_column,
            one.day::timestamp at time zone 'UTC', (one.day + 1)::timestamp at time zone 'UTC'
        ) into stored;
        if stored = one."rows" then
            settled := settled || one.day;
        end if;
    end loop;
    return settled;
end $$;

comment on function ops.settled_days is
'The days before a time whose newest snapshot in the archive is verified and is their last state;
null: there is no archive.';

revoke execute on function ops.settled_days from public;
