select
    format(
        'the last run of job %s (%s) failed; %s failures in total',
        jobs.job_id, jobs.proc_name, stats.total_failures
    )
from timescaledb_information.jobs
inner join timescaledb_information.job_stats as stats using (job_id)
where
    jobs.owner = 'stockpulse_owner'::regrole
    and jobs.proc_name <> 'refresh_candles' -- which has a rule of its own
    and stats.last_run_status = 'Failed'
order by jobs.job_id
