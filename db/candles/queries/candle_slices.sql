-- columnar: made as a whole, old enough for the columnstore, and enough to fill its batches of a
-- thousand rows; before 2.29.2 TimescaleDB could lose rows that were stored like this.
with stale as (
    select range_agg(tstzrange(log.since, log.until)) as spans
    from ops.candle_invalidations(%(relation)s) as log
),
server as (
    select string_to_array(substring(extversion from '^[0-9.]+'), '.')::int [] as version
    from pg_catalog.pg_extension
    where extname = 'timescaledb'
)
select
    slices.since,
    slices.until,
    (%(every)s or tstzrange(slices.since, slices.until) <@ stale.spans)
    and slices.until <= now() - lifecycle.columnstore_after
    and slices.until - slices.since >= 1000 * lifecycle.width
    and server.version >= '{2, 29, 2}' as columnar
from ops.candle_slices(
    %(relation)s,
    coalesce(%(since)s::timestamptz, '-infinity'),
    coalesce(%(until)s::timestamptz, 'infinity'),
    not %(every)s
) as slices
cross join stale
cross join server
inner join ops.lifecycle on %(relation)s = lifecycle.relation
order by 1
