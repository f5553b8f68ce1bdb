-- Retention drops nothing that is younger than `keep`; an hour more is for clocks and caches.
create or replace function market.archived_days(
    relation text default null,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity'
) returns table (name text, day date, snapshot bigint, is_stored boolean)
language sql stable parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
    select
        newest.relation,
        newest.day,
        newest.snapshot,
        not newest.since <@ floors.archived
    from (
        select distinct on (archives.relation, archives.day)
            archives.*,
            archives.day::timestamp at time zone 'UTC' as since,
            (archives.day + 1)::timestamp at time zone 'UTC' as until
        from ops.archives
        where (archives.relation = $1 or $1 is null) and verified_at is not null
            and (archives.day + 1)::timestamp at time zone 'UTC' > $2
            and archives.day::timestamp at time zone 'UTC' < $3
        order by archives.relation, archives.day, archived_at desc, archives.snapshot desc
    ) as newest
    inner join ops.lifecycle on newest.relation = lifecycle.relation
    inner join ops.retention_floors as floors on newest.relation = floors.relation
    where newest."rows" > 0
        and (
            newest.since <@ floors.archived
            or newest.until < now() - lifecycle.keep + interval '1 hour'
        )
    order by newest.relation, newest.day
$$;

comment on function market.archived_days is
'The days, in UTC, that the archive has of trades, quotes or a level of candles (null: of all) and
the database no longer has, with the newest verified snapshot; is_stored: the database has the day
still, but retention may drop it at any time.';

revoke execute on function market.archived_days from public;
grant execute on function market.archived_days to stockpulse_reader;
