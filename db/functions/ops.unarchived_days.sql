-- Six hours after a day has ended late events are rare, and the archiver takes it.
create or replace function ops.unarchived_days(late interval default '6 hours')
returns table (relation text, days bigint, oldest date)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select
        closed.relation,
        count(*),
        min(closed.day)
    from (
        select distinct
            lifecycle.relation,
            (day at time zone 'UTC')::date as day
        from ops.lifecycle
        inner join ops.retention_floors as floors on lifecycle.relation = floors.relation
        inner join timescaledb_information.chunks
            on ops.hypertable_of(lifecycle.relation)::text
            = format('%I.%I', hypertable_schema, hypertable_name)
        cross join generate_series(
            date_bin('1 day', range_start, '2000-01-01 00:00+00'),
            range_end - interval '1 microsecond',
            interval '24 hours'
        ) as day
        where lifecycle.child is null
            and day + interval '24 hours' + $1 <= now()
            and not day <@ floors.archived
    ) as closed
    where not exists (
        select from ops.archives
        where archives.relation = closed.relation and archives.day = closed.day
            and verified_at is not null
    )
    group by closed.relation
$$;

comment on function ops.unarchived_days is
'How many days of trades and quotes the archive does not have though they ended so long ago.';

revoke execute on function ops.unarchived_days from public;
grant execute on function ops.unarchived_days to stockpulse_loader;
