select
    jobs.job_id,
    jobs.proc_name,
    coalesce(
        (
            select format('%I.%I', view_schema, view_name)
            from timescaledb_information.continuous_aggregates as cagg
            where cagg.materialization_hypertable_name = jobs.hypertable_name
        ),
        case
            when jobs.hypertable_name is not null
                then format('%I.%I', jobs.hypertable_schema, jobs.hypertable_name)
        end,
        ''
    ) as relation,
    stats.last_run_status,
    nullif(stats.last_run_started_at, '-infinity') as last_run_started_at,
    nullif(stats.next_start, '-infinity') as next_start,
    stats.total_failures
from timescaledb_information.jobs
left join timescaledb_information.job_stats as stats using (job_id)
where jobs.owner::text = 'stockpulse_owner'
order by jobs.job_id
