create or replace function ops.jobs_of(procedure text)
returns table (relation text, schedule_interval interval, config jsonb)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select
        quote_ident(hypertable_schema) || '.' || quote_ident(hypertable_name),
        schedule_interval,
        config
    from timescaledb_information.jobs
    where proc_name = $1 and proc_schema in ('ops', '_timescaledb_functions')
$$;

comment on function ops.jobs_of is
'The jobs that run a procedure; TimescaleDB names either a candle relation or its store.';
