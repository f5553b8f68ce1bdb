-- Days with chunks of events or of the lowest candles, and the relations whose last state is in no
-- verified snapshot. Amendments are not in the log of changes: one may have come while the last
-- snapshot was read.
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
bounds as (
    select
        min(day)::timestamptz as since,
        max(day)::timestamptz + interval '1 day' as until
    from days
),
touched as (
    select
        kind,
        day,
        max(number) as number
    from (
        select
            touch.kind || 's' as kind,
            day::date as day,
            changes.number
        from ops.changes as changes
        inner join ops.changed_ranges as touch on changes.change = touch.change
        cross join bounds
        cross join lateral generate_series(
            date_bin('1 day', greatest(touch.since, bounds.since), '2000-01-01 00:00+00'),
            least(touch.until, bounds.until) - interval '1 microsecond',
            interval '1 day'
        ) as day
        where touch.kind in ('trade', 'quote')
        union all
        select
            event.kind || 's' as kind,
            moment.at::date as day,
            changes.number
        from ops.changes as changes
        inner join ops.changed_events as event on changes.change = event.change
        cross join unnest(array[event.ts, event.old_ts]) as moment (at)
    ) as changed
    group by kind, day
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
where
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
group by days.day
order by days.day
