-- The archive, if there is one: when its files were reached, and the days that it lacks.
with waiting as (
    select
        lifecycle.relation,
        coalesce(lacking.days, 0) as days,
        coalesce(
            extract(epoch from now() - (lacking.oldest + 1)::timestamp at time zone 'UTC'), 0
        ) as seconds
    from ops.archive_state
    inner join ops.lifecycle on lifecycle.child is null
    left join ops.unarchived_days() as lacking on lifecycle.relation = lacking.relation
    where archive_state.is_on
)

select
    'stockpulse_archive_seen_timestamp_seconds' as gauge,
    '{}'::text [] as labels,
    extract(epoch from seen_at)::double precision as value
from ops.archive_state
where is_on
union all
select
    'stockpulse_archive_failed',
    '{}',
    (failed_at is not null)::integer
from ops.archive_state
union all
select
    'stockpulse_archive_waiting_days',
    array[relation],
    days
from waiting
union all
select
    'stockpulse_archive_waiting_seconds',
    array[relation],
    seconds
from waiting
