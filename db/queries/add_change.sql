-- The part of a range that ticks are there for; the refresh itself stops at the floors.
insert into ops.candle_changes (since, until)
select
    greatest(date_bin('1 minute', %(since)s::timestamptz, '2000-01-01 00:00+00'), min(range_start)),
    least(ops.next_bucket('1 minute', %(until)s::timestamptz), max(range_end))
from timescaledb_information.chunks
where format('%%I.%%I', hypertable_schema, hypertable_name) = 'market.ticks'
having
    count(*) > 0
    and greatest(date_bin('1 minute', %(since)s::timestamptz, '2000-01-01 00:00+00'), min(range_start))
    < least(ops.next_bucket('1 minute', %(until)s::timestamptz), max(range_end))
