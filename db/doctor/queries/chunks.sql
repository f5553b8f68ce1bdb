-- A chunk that is written at random places is quick while its index stays in memory. A quarter
-- of the memory is a third of effective_cache_size, which is commonly three quarters of it.
select
    format(
        'the index of chunk %s of market.%s is %s, effective_cache_size %s',
        chunk_name, hypertable_name, pg_size_pretty(index_bytes),
        current_setting('effective_cache_size')
    )
from (
    select
        chunk_name,
        hypertable_name,
        pg_indexes_size(format('%I.%I', chunk_schema, chunk_name)::regclass) as index_bytes,
        row_number() over (partition by hypertable_name order by range_end desc) as nth
    from timescaledb_information.chunks
    where
        hypertable_schema = 'market'
        and hypertable_name in ('trades', 'quotes')
        and not is_compressed
) as newest
where nth <= 3 and index_bytes > pg_size_bytes(current_setting('effective_cache_size')) / 3
