create or replace function ops.status_of_jobs() returns json
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        json_agg(
            json_build_object(
                'job', replace(jobs.proc_name, 'policy_', ''),
                'relation',
                coalesce(
                    (
                        select format('%I.%I', view_schema, view_name)
                        from timescaledb_information.continuous_aggregates as cagg
                        where cagg.materialization_hypertable_name = jobs.hypertable_name
                    ),
                    case
                        when jobs.hypertable_name is not null
                            then format('%I.%I', jobs.hypertable_schema, jobs.hypertable_name)
                    end
                ),
                'outcome', stats.last_run_status,
                'ran_at',
                market.time_json(nullif(stats.last_run_started_at, '-infinity'))::json,
                'next_at', market.time_json(nullif(stats.next_start, '-infinity'))::json,
                'failures', coalesce(stats.total_failures, 0)
            )
            order by jobs.job_id
        ),
        '[]'
    )
    from timescaledb_information.jobs
    left join timescaledb_information.job_stats as stats using (job_id)
    where jobs.owner::text = 'stockpulse_owner'
$$;

comment on function ops.status_of_jobs is
'The jobs of TimescaleDB (Community) and their last runs, as market.operation_status() has them.';
