-- A verified day is in the archive. The database has it as well where it has a chunk of that day; a
-- chunk of several days may have come back with a restored one, so its rows are looked for where
-- retention has been before. Retention drops nothing that is younger than `keep`.
create or replace function market.archived_days(
    relation text default null,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity'
) returns table (name text, day date, snapshot bigint, is_stored boolean)
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, public, pg_temp
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
#variable_conflict use_column
declare
    store record;
    verified record;
begin
    for store in
        select
            lifecycle.relation,
            case when child is null then 'ts' else 'bucket' end as time_column,
            ops.hypertable_of(lifecycle.relation) as hypertable,
            now() - keep + interval '1 hour' as may_go_until,
            floor_ts
        from ops.lifecycle
        inner join ops.retention_floors using (relation)
        where lifecycle.relation = $1 or $1 is null and not live
    loop
        for verified in
            with newest as (
                select distinct on (archives.day)
                    archives.day,
                    archives.snapshot,
                    archives."rows",
                    archives.day::timestamptz as since,
                    archives.day::timestamptz + interval '24 hours' as until
                from ops.archives
                where archives.relation = store.relation and verified_at is not null
                    and archives.day::timestamptz + interval '24 hours' > $2
                    and archives.day::timestamptz < $3
                order by archives.day asc, archived_at desc, archives.snapshot desc
            ),
            chunks as (
                select
                    _timescaledb_functions.to_timestamp(slice.range_start) as since,
                    _timescaledb_functions.to_timestamp(slice.range_end) as until
                from _timescaledb_catalog.hypertable
                inner join _timescaledb_catalog.dimension
                    on hypertable.id = dimension.hypertable_id
                inner join _timescaledb_catalog.dimension_slice as slice
                    on dimension.id = slice.dimension_id
                where format('%I.%I', schema_name, table_name)::regclass = store.hypertable
            )
            select
                newest.*,
                exists (
                    select from chunks
                    where chunks.since < newest.until and chunks.until > newest.since
                ) as has_chunk,
                exists (
                    select from chunks
                    where chunks.since < newest.until and chunks.until > newest.since
                        and chunks.until - chunks.since > interval '24 hours'
                        and (
                            newest.until <= store.floor_ts
                            or exists (
                                select from ops.restored_days as restored
                                where restored.day::timestamptz < chunks.until
                                    and restored.day::timestamptz >= chunks.since
                            )
                        )
                ) as may_be_empty
            from newest
            where newest."rows" > 0
            order by newest.day
        loop
            is_stored := verified.has_chunk;
            if verified.may_be_empty then
                execute format(
                    'select exists (select from %s where %2$I >= $1 and %2$I < $2)',
                    store.hypertable, store.time_column
                ) into is_stored using verified.since, verified.until;
            end if;
            continue when is_stored and verified.until > coalesce(store.may_go_until, '-infinity');
            name := store.relation;
            day := verified.day;
            snapshot := verified.snapshot;
            return next;
        end loop;
    end loop;
end $$;

comment on function market.archived_days is
'The days, in UTC, that the archive has of trades, quotes or a level of candles (null: of all) and
the database no longer has, with the newest verified snapshot; is_stored: the database has the day
still, but retention may drop it at any time.';

revoke execute on function market.archived_days from public;
grant execute on function market.archived_days to stockpulse_reader;
