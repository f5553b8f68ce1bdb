select
    min(day)::text as first_day,
    max(day)::text as last_day,
    count(distinct day) as days
from generate_series(
    %(since)s::date::timestamp, %(until)s::date - interval '1 day', interval '1 day'
) as days (moment)
cross join lateral (select moment::date as day) as dated
cross join (values ('trades'), ('quotes')) as events (relation)
where not exists (
    select from ops.archives
    where archives.relation = events.relation and archives.day = dated.day
        and verified_at is not null
)
having count(*) > 0
