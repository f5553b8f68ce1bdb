select
    date_bin('1 day', min(range_start), '2000-01-01 00:00+00'),
    least(ops.next_bucket('1 day', max(range_end)), ops.next_bucket('1 day', now()))
from timescaledb_information.chunks
inner join ops.lifecycle
    on ops.store_of(level)::text = format('%I.%I', hypertable_schema, hypertable_name)
