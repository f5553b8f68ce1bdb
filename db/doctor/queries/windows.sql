-- A refresh that finds its events gone deletes the candles made from them.
select
    format(
        'the refresh of %s reaches back %s, but %s is kept for %s only',
        ops.relation_of(parent.relation),
        coalesce(jobs.config ->> 'start_offset', 'without end'),
        ops.relation_of(child.relation),
        child.keep
    )
from ops.lifecycle as parent
inner join ops.lifecycle as child on parent.child = child.relation
inner join timescaledb_information.jobs
    on
        jobs.proc_name = 'policy_refresh_continuous_aggregate'
        and format('%I.%I', hypertable_schema, hypertable_name)
        in (ops.relation_of(parent.relation)::text, ops.store_of(parent.relation)::text)
where
    child.keep
    <= coalesce((jobs.config ->> 'start_offset')::interval, '1000 years') + 2 * child.chunk
