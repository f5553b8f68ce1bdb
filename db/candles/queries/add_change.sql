-- The part of a range that has chunks of ticks; the refresh itself stops at the retention floors.
with asked as (
    select
        greatest(
            date_bin('1 minute', %(since)s::timestamptz, '2000-01-01 00:00+00'), min(range_start)
        ) as since,
        least(ops.next_bucket('1 minute', %(until)s::timestamptz), max(range_end)) as until
    from timescaledb_information.chunks
    where hypertable_schema = 'market' and hypertable_name = 'ticks'
    having count(*) > 0
)
insert into ops.candle_changes (since, until)
select
    since,
    until
from asked
where since < until
