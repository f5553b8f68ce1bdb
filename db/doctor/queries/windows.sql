-- A refresh of a range whose ticks were dropped deletes its candles.
select
    format(
        'the refresh of %s reaches back %s, but %s is kept for only %s',
        ops.relation_of(parent.level),
        coalesce(jobs.config ->> 'start_offset', 'without limit'),
        ops.relation_of(child.level),
        child.keep
    )
from ops.lifecycle as parent
inner join ops.lifecycle as child on parent.child = child.level
inner join timescaledb_information.jobs
    on
        jobs.proc_name = 'policy_refresh_continuous_aggregate'
        and format('%I.%I', hypertable_schema, hypertable_name)
        in (ops.relation_of(parent.level)::text, ops.store_of(parent.level)::text)
where
    child.keep
    <= coalesce((jobs.config ->> 'start_offset')::interval, '1000 years') + 2 * child.chunk
