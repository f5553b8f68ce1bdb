-- The newest end of what only the archive has of a range, and of which days and events it is.
select
    relation,
    lower(archived.within) as since,
    upper(archived.within) as until
from ops.retention_floors as floors
cross join lateral (
    select
        floors.archived * tstzmultirange(
            tstzrange(%(since)s::timestamptz, %(until)s::timestamptz)
        ) as within
) as archived
where relation in ('trades', 'quotes') and not isempty(archived.within)
order by until desc
limit 1
