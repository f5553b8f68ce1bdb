-- The days of a relation in a range that only the archive has.
select
    %(relation)s::text as relation,
    min(day) as since,
    max(day) + 1 as until
from market.archived_days(
    %(relation)s::text, %(since)s::timestamptz, %(until)s::timestamptz
)
where not is_stored
having count(*) > 0
