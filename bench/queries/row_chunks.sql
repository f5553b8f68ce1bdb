-- Of every hypertable the older half of its chunks that are rows still.
select chunk
from (
    select
        format('%I.%I', chunk_schema, chunk_name)::regclass as chunk,
        percent_rank() over (
            partition by hypertable_schema, hypertable_name order by range_start
        ) as place
    from timescaledb_information.chunks
    where not is_compressed
) as chunks
where place < 0.5
