select
    coalesce(sum(newest."rows"), 0)::bigint as events,
    count(distinct days.day) filter (where newest."rows" is null) as missing,
    min(days.day) filter (where newest."rows" is null) as first_missing,
    max(days.day) filter (where newest."rows" is null) as last_missing
from (
    select moment::date as day
    from generate_series(
        %(since)s::date::timestamp, %(until)s::date - interval '1 day', interval '1 day'
    ) as moments (moment)
) as days
cross join (values ('trades'), ('quotes')) as events (relation)
left join lateral (
    select archives."rows"
    from ops.archives
    where archives.relation = events.relation
        and archives.day = days.day
        and archives.verified_at is not null
    order by archives.archived_at desc
    limit 1
) as newest on true
