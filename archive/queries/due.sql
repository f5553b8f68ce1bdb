-- Days with chunks of events or of the lowest candles, and the relations whose last state is in no
-- verified snapshot, but for those that were dropped. Amendments are not in the log of changes: one
-- may have come while the last snapshot was read.
with relations as (
    select
        relation,
        kind,
        "position",
        child is null or child = kind as is_low
    from ops.lifecycle
    where not live
    union all
    select
        'amendments' as relation,
        null as kind,
        -1 as "position",
        false as is_low
),
days as (
    select distinct day::date as day
    from relations
    inner join timescaledb_information.chunks as chunk
        on
            ops.hypertable_of(relation)::text
            = format('%%I.%%I', chunk.hypertable_schema, chunk.hypertable_name)
    cross join lateral generate_series(
        greatest(chunk.range_start, %(since)s::timestamptz),
        least(chunk.range_end, %(until)s::timestamptz) - interval '1 microsecond',
        interval '1 day'
    ) as day
    where is_low
),
touched as (
    select
        kind,
        changed.day,
        changed.number
    from (values ('trades'), ('quotes')) as kinds (kind)
    cross join
        lateral ops.changed_days(
            kind, 0, (select max(day)::timestamptz + interval '1 day' from days)
        ) as changed
),
known as (
    select distinct on (relation, day)
        relation,
        day,
        change,
        archived_at
    from ops.archives
    where verified_at is not null
    order by relation, day, archived_at desc
)
select
    days.day,
    array_agg(relations.relation order by relations."position") as relations
from days
cross join relations
left join known on relations.relation = known.relation and days.day = known.day
left join touched on relations.kind = touched.kind and days.day = touched.day
left join ops.retention_floors as floors
    on relations.relation = floors.relation and days.day::timestamptz < floors.floor_ts
where
    (floors.kept is null or days.day::timestamptz <@ floors.kept)
    and (
        known.change is null
        or known.change < touched.number
        or (
            relations.kind is null
            and exists (
                select
                from ops.amendments as amendment
                where
                    amendment.ts >= days.day::timestamptz
                    and amendment.ts < days.day::timestamptz + interval '1 day'
                    and greatest(amendment.came_at, amendment.applied_at)
                    > known.archived_at - interval '10 minutes'
            )
        )
    )
group by days.day
order by days.day
