-- columnar: whether the slice is made as a whole, old enough for the columnstore, and big enough to
-- fill its batches of a thousand rows. TimescaleDB before 2.29.2 could lose such rows.
with server as (
    select string_to_array(substring(extversion from '^[0-9.]+'), '.')::int [] as version
    from pg_catalog.pg_extension
    where extname = 'timescaledb'
)
select
    slices.since,
    slices.until,
    slices.until <= now() - lifecycle.columnstore_after
    and slices.until - slices.since >= 1000 * lifecycle.width
    and server.version >= '{2, 29, 2}'
    and (%(every)s or not ops.has_candles(%(relation)s, slices.since, slices.until)) as columnar
from ops.candle_slices(
    %(relation)s,
    coalesce(%(since)s::timestamptz, '-infinity'),
    coalesce(%(until)s::timestamptz, 'infinity'),
    not %(every)s
) as slices
cross join server
inner join ops.lifecycle on %(relation)s = lifecycle.relation
order by 1
