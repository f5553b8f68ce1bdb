-- The part of a range that events are there for; the refresh itself stops at the floors.
with asked as (
    select
        hypertable_name as kind,
        greatest(
            date_bin('1 minute', %(since)s::timestamptz, '2000-01-01 00:00+00'), min(range_start)
        ) as since,
        least(ops.next_bucket('1 minute', %(until)s::timestamptz), max(range_end)) as until
    from timescaledb_information.chunks
    where hypertable_schema = 'market' and hypertable_name in ('trades', 'quotes')
    group by hypertable_name
)
insert into ops.candle_changes (kind, since, until)
select
    kind,
    since,
    until
from asked
where since < until
