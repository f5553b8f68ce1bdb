select
    format(
        'the last run of job %s (%s) failed; %s failures in total%s',
        jobs.job_id, jobs.proc_name, stats.total_failures,
        (
            select ', the newest: ' || err_message
            from timescaledb_information.job_errors
            where job_errors.job_id = jobs.job_id
            order by start_time desc
            limit 1
        )
    )
from timescaledb_information.jobs
inner join timescaledb_information.job_stats as stats using (job_id)
where
    jobs.owner = 'stockpulse_owner'::regrole
    and jobs.proc_name <> 'refresh_candles' -- which has a rule of its own
    and stats.last_run_status = 'Failed'
order by jobs.job_id
