-- Inserts at random places of a chunk are fast while its indexes stay in memory. The limit is a
-- quarter of the memory: a third of effective_cache_size, which is commonly three quarters of it.
select
    format(
        'the indexes of chunk %s of market.%s take %s; effective_cache_size is %s',
        chunk_name, relation, pg_size_pretty(index_bytes), current_setting('effective_cache_size')
    )
from (
    select
        chunk_name,
        hypertable_name as relation,
        row_number() over (partition by hypertable_name order by range_end desc) as nth,
        pg_indexes_size(format('%I.%I', chunk_schema, chunk_name)::regclass) as index_bytes
    from timescaledb_information.chunks
    where
        hypertable_schema = 'market'
        and hypertable_name in ('trades', 'quotes')
        and not is_compressed
) as newest
where nth <= 3 and index_bytes > pg_size_bytes(current_setting('effective_cache_size')) / 3
