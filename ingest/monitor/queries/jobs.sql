-- Of the Community edition. The refresher runs every few seconds, the others at most every hour.
with jobs as (
    select
        jobs.proc_name,
        jobs.scheduled,
        stats.last_run_status,
        stats.job_status,
        nullif(stats.next_start, '-infinity') as next_start,
        greatest(
            nullif(stats.last_run_started_at, '-infinity'),
            nullif(stats.last_successful_finish, '-infinity')
        ) as ran_at
    from timescaledb_information.jobs
    left join timescaledb_information.job_stats as stats using (job_id)
    where jobs.owner::text = 'stockpulse_owner'
)
select
    'stockpulse_jobs_failed' as gauge,
    '{}'::text [] as labels,
    count(*) filter (where scheduled and last_run_status = 'Failed')::double precision as value
from jobs
having count(*) > 0
union all
select
    'stockpulse_jobs_late',
    '{}',
    count(*) filter (
        where scheduled
            and job_status is distinct from 'Running'
            and next_start < now() - case proc_name
                when 'refresh_candles' then interval '1 minute' else interval '1 hour'
            end
    )
from jobs
having count(*) > 0
union all
select
    'stockpulse_refresher_last_run_timestamp_seconds',
    '{}',
    extract(epoch from max(ran_at))
from jobs
where proc_name in ('refresh_candles', 'refresh_if_late')
having max(ran_at) is not null
