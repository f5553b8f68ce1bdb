-- TimescaleDB's own retention leaves the dropped range open to the next refresh.
select format('the job %s drops %s without regard to candles', job_id, hypertable_name)
from timescaledb_information.jobs
inner join ops.lifecycle
    on format('%I.%I', hypertable_schema, hypertable_name)
    in (ops.relation_of(relation)::text, ops.store_of(relation)::text)
where proc_name = 'policy_retention'
