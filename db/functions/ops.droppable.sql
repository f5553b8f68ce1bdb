create or replace function ops.droppable(
    relation text, keep interval, settled date []
) returns tstzmultirange
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with expired as (
        select
            chunks.range_start as since,
            chunks.range_end as until,
            floors.kept + tstzmultirange(tstzrange(floors.floor_ts, null)) as present
        from timescaledb_information.chunks
        inner join ops.retention_floors as floors on floors.relation = $1
        where format('%I.%I', hypertable_schema, hypertable_name) = ops.hypertable_of($1)::text
            and chunks.range_end <= now() - $2
            and not tstzrange(chunks.range_start, chunks.range_end) && floors.held
    )
    select coalesce(range_agg(tstzrange(since, until)), '{}')
    from expired
    where not tstzrange(since, until) && present
        or (
            not ops.is_stale($1, since, until)
            and (
                $3 is null
                or not exists (
                    select
                    from generate_series(
                        date_bin('1 day', since, '2000-01-01 00:00+00'),
                        until - interval '1 microsecond',
                        interval '24 hours'
                    ) as day
                    where tstzrange(day, day + interval '24 hours') && present
                        and (day at time zone 'UTC')::date <> all($3)
                )
            )
        )
$$;

comment on function ops.droppable is
'The chunks of a relation that may be dropped: old enough, not held, their candles made, and all of
their days settled; null: without an archive.';

revoke execute on function ops.droppable from public;
