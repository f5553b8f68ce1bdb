select
    format(
        'job %s (%s) was due at %s and has not run',
        jobs.job_id, jobs.proc_name, stats.next_start
    )
from timescaledb_information.jobs
inner join timescaledb_information.job_stats as stats using (job_id)
where
    jobs.owner = 'stockpulse_owner'::regrole
    and jobs.proc_name <> 'refresh_candles' -- which has a rule of its own
    and jobs.scheduled
    and stats.job_status <> 'Running'
    and isfinite(stats.next_start)
    and stats.next_start < now() - interval '1 hour'
order by jobs.job_id
