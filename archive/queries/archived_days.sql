select
    day,
    count(distinct relation) as relations,
    count(*) as snapshots,
    sum("rows") filter (where is_newest) as "rows",
    sum(bytes) filter (where is_newest) as bytes,
    max(archived_at) as archived_at,
    bool_and(verified_at is not null) filter (where is_newest) as is_verified
from (
    select
        *,
        row_number() over (partition by relation, day order by archived_at desc) = 1 as is_newest
    from ops.archives
) as archives
where
    (%(since)s::date is null or day >= %(since)s::date)
    and (%(until)s::date is null or day < %(until)s::date)
group by day
order by day
