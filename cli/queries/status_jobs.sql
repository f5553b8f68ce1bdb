select
    jobs.job_id,
    jobs.proc_name,
    coalesce(
        (
            select format('%I.%I', view_schema, view_name)
            from timescaledb_information.continuous_aggregates as cagg
            where cagg.materialization_hypertable_name = jobs.hypertable_name
        ),
        format('%I.%I', jobs.hypertable_schema, jobs.hypertable_name)
    ) as relation,
    stats.last_run_status,
    stats.last_run_started_at,
    stats.next_start,
    stats.total_failures
from timescaledb_information.jobs
left join timescaledb_information.job_stats as stats using (job_id)
where jobs.owner = 'stockpulse_owner'
order by jobs.job_id
