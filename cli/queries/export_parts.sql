-- The chunks of a hypertable that reach into a range, as far as they do, oldest first.
select
    greatest(range_start, %(since)s::timestamptz) as since,
    least(range_end, %(until)s::timestamptz) as until
from timescaledb_information.chunks
where hypertable_schema = 'market' and hypertable_name = %(relation)s::text
    and range_end > %(since)s::timestamptz and range_start < %(until)s::timestamptz
order by range_start
