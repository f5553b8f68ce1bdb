-- TimescaleDB counts a job that ran while its server was stopped as crashed, and starts it five
-- minutes after the server: meanwhile the newest candles would be made of all events at each read.
-- This one is over in milliseconds as a rule, so that a stop rarely meets both.
create or replace procedure ops.refresh_if_late(
    job_id integer default null, config jsonb default null
)
language plpgsql
as $$
begin
    if not exists (
        select
        from timescaledb_information.jobs as jobs
        inner join timescaledb_information.job_stats as stats on jobs.job_id = stats.job_id
        where jobs.proc_schema = 'ops' and jobs.proc_name = 'refresh_candles'
            and stats.last_run_started_at > now() - interval '15 seconds'
    ) then
        call ops.refresh_candles();
    end if;
end $$;

comment on procedure ops.refresh_if_late is
'Does the work of the job ops.refresh_candles() while TimescaleDB does not start that; a job.';
