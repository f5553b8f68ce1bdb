-- Ends the sessions that hold the partitions' rows in a transaction and wait for their client: a
-- loader that is frozen or cut off. A session at work waits for something else.
select pg_terminate_backend(session.pid)
from ops.kafka_offsets as stored
inner join pg_locks as held
    on held.locktype = 'transactionid' and held.granted and held.transactionid = stored.xmax
inner join pg_stat_activity as session
    on session.pid = held.pid and session.wait_event = 'ClientRead'
inner join unnest(%(topics)s::text [], %(partitions)s::integer []) as wanted (topic, "partition")
    on stored.topic = wanted.topic and stored."partition" = wanted."partition"
where session.pid <> pg_backend_pid()
