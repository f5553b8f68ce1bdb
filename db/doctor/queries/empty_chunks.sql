-- A chunk is made with its first row. pg_restore into hypertables that are at work, without
-- timescaledb_pre_restore(), leaves out the rows of chunks.
select
    format(
        '%s chunks of %s.%s are empty, the first one of %s',
        count(*), hypertable_schema, hypertable_name, to_char(min(range_start), 'YYYY-MM-DD')
    )
from timescaledb_information.chunks
where
    hypertable_schema = 'market'
    and not coalesce(is_compressed, false)
    and pg_relation_size(to_regclass(format('%I.%I', chunk_schema, chunk_name))) = 0
group by hypertable_schema, hypertable_name
order by hypertable_name
