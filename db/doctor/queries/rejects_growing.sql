-- Their table has no index but the id's: of a flood the newest alone are read.
with hour as (
    select
        reason,
        count(*) as rejected,
        max(id) as newest
    from (
        select
            id,
            reason,
            rejected_at
        from ops.rejects
        order by id desc
        limit 10000
    ) as newest
    where rejected_at > now() - interval '1 hour'
    group by reason
),
loaded as (
    select coalesce(sum(messages), 0) as messages
    from ops.load_batches
    where loaded_at > now() - interval '1 hour'
)
select
    format(
        '%s%s messages were rejected in the last hour, of %s in all: most as %s, for example id %s',
        sum(rejected),
        case when sum(rejected) = 10000 then ' or more' else '' end,
        greatest(max(messages), sum(rejected)),
        (array_agg(reason order by rejected desc, reason))[1],
        (array_agg(newest order by rejected desc, reason))[1]
    )
from hour
cross join loaded
having
    sum(rejected) >= 1000
    or (sum(rejected) >= 10 and sum(rejected) * 100 >= max(messages))
