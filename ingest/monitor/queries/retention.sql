-- The oldest chunk of what is not kept for ever, and others that are dropped with it. The candles
-- of a live level are made again when they are read.
with held as (
    select
        relation,
        keep,
        ops.hypertable_of(relation) as store
    from ops.lifecycle
    where keep is not null and not live
),
chunks as (
    select
        held.relation,
        held.keep,
        chunk.range_end,
        min(chunk.range_end) over (partition by held.relation) as first_end,
        size.total_bytes
    from held
    cross join lateral chunks_detailed_size(held.store) as size
    inner join timescaledb_information.chunks as chunk
        on size.chunk_schema = chunk.chunk_schema and size.chunk_name = chunk.chunk_name
),
due as (
    select
        relation,
        min(first_end) + min(keep) as at,
        sum(total_bytes) filter (
            where range_end <= greatest(first_end, now() - keep)
        ) as bytes
    from chunks
    group by relation
)
select
    'stockpulse_retention_next_drop_timestamp_seconds' as gauge,
    array[relation] as labels,
    extract(epoch from at)::double precision as value
from due
union all
select
    'stockpulse_retention_next_drop_bytes',
    array[relation],
    bytes
from due
