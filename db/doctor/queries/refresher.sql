-- Every few seconds it runs, and for up to a minute if there is much to do.
select
    format(
        'job %s (refresh_candles) %s',
        job_id,
        case
            when stats.last_run_status = 'Failed'
                then format(
                    'failed %s times, the last time at %s: %s',
                    stats.total_failures, stats.last_run_started_at,
                    (
                        select err_message
                        from timescaledb_information.job_errors
                        where job_errors.job_id = jobs.job_id
                        order by start_time desc
                        limit 1
                    )
                )
            when not isfinite(stats.last_run_started_at) then 'has never run'
            else format('was due at %s and has not run', stats.next_start)
        end
    )
from timescaledb_information.jobs
cross join lateral (
    select
        last_run_status,
        job_status,
        total_failures,
        next_start,
        coalesce(last_run_started_at, '-infinity') as last_run_started_at
    from timescaledb_information.job_stats
    where job_stats.job_id = jobs.job_id
) as stats
where
    jobs.proc_schema = 'ops'
    and jobs.proc_name = 'refresh_candles'
    and jobs.scheduled
    and (
        stats.last_run_status = 'Failed'
        or (
            stats.job_status <> 'Running'
            and isfinite(stats.next_start)
            and stats.next_start < now() - interval '1 minute'
        )
        or (
            not isfinite(stats.last_run_started_at)
            and exists (
                select from ops.load_batches where loaded_at < now() - interval '1 minute'
            )
        )
    )
