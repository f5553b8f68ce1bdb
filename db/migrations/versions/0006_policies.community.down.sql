select delete_job(job_id)
from timescaledb_information.jobs
where
    proc_schema = 'ops'
    and proc_name in ('apply_retention', 'refresh_candles', 'refresh_if_late');

do $$
declare
    target text;
begin
    for target in select relation from ops.lifecycle loop
        call remove_columnstore_policy(ops.store_of(target), if_exists => true);
    end loop;
end $$;

drop procedure ops.apply_retention(integer, jsonb);
drop procedure ops.refresh_if_late(integer, jsonb);
drop procedure ops.refresh_candles(integer, jsonb);
drop procedure ops.refresh_levels(timestamptz);
drop procedure ops.refresh_tail();
drop procedure ops.refresh_gaps(text);
drop function ops.candles_are_due();
drop function ops.is_behind(text);
drop table ops.refreshed;
drop procedure ops.analyze_slices(text);
drop function ops.has_candles(text, timestamptz, timestamptz);
drop function ops.candle_slices(text, timestamptz, timestamptz, boolean);
drop function ops.candle_invalidations(text);
drop procedure ops.apply_lifecycle();
drop function ops.jobs_of(text);
drop function ops.droppable(text, interval, date []);
drop function ops.is_stale(text, timestamptz, timestamptz);
