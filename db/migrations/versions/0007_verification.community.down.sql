select delete_job(job_id)
from timescaledb_information.jobs
where proc_schema = 'ops' and proc_name in ('sweep', 'verify_sample');

drop procedure ops.sweep(integer, jsonb);
drop procedure ops.analyze_slices(text);
drop function ops.candle_slices(text, timestamptz, timestamptz, boolean);
drop function ops.pending_candles(text);
drop function ops.candle_invalidations(text);
