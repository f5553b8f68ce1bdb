-- The newest verified snapshots of days that are still here and dropped within some days.
select
    known.relation,
    known.day,
    known.snapshot
from (
    select distinct on (relation, day)
        relation,
        day,
        snapshot
    from ops.archives
    where verified_at is not null
    order by relation, day, archived_at desc
) as known
inner join ops.lifecycle using (relation)
inner join ops.retention_floors as floors using (relation)
where
    known.snapshot <> 0
    and known.day::timestamptz < now() - lifecycle.keep + make_interval(days => %(ahead)s)
    and (known.day::timestamptz >= floors.floor_ts or known.day::timestamptz <@ floors.kept)
