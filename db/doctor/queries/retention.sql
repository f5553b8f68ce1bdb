-- TimescaleDB's own retention does not keep the next refresh out of the dropped range.
select format('job %s drops chunks of %s that candles may still depend on', job_id, hypertable_name)
from timescaledb_information.jobs
inner join ops.lifecycle
    on format('%I.%I', hypertable_schema, hypertable_name)
    in (ops.store_of(relation)::text, ops.hypertable_of(relation)::text)
where proc_name = 'policy_retention'
