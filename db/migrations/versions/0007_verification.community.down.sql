select delete_job(job_id)
from timescaledb_information.jobs
where proc_schema = 'ops' and proc_name = 'verify_sample';

drop function ops.pending_candles(text);
