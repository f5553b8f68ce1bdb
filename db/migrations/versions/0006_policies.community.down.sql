select delete_job(job_id)
from timescaledb_information.jobs
where proc_schema = 'ops' and proc_name in ('apply_retention', 'sweep');

select remove_continuous_aggregate_policy(ops.relation_of(relation), if_exists => true)
from ops.lifecycle
where child is not null;

do $$
declare
    target text;
begin
    for target in select relation from ops.lifecycle loop
        call remove_columnstore_policy(ops.relation_of(target), if_exists => true);
    end loop;
end $$;

drop procedure ops.sweep(integer, jsonb);
drop procedure ops.analyze_slices(text);
drop function ops.candle_slices(text, timestamptz, timestamptz, boolean);
drop function ops.candle_invalidations(text);
drop procedure ops.apply_lifecycle();
drop function ops.jobs_of(text);
drop procedure ops.apply_retention(integer, jsonb);
drop function ops.is_stale(text, timestamptz, timestamptz);
