select
    format('%%I.%%I', chunk_schema, chunk_name) as chunk
from timescaledb_information.chunks
where
    format('%%I.%%I', hypertable_schema, hypertable_name) = ops.hypertable_of(%(relation)s)::text
    and range_start < %(until)s::timestamptz
    and range_end > %(since)s::timestamptz
order by chunk
