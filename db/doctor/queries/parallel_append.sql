-- https://github.com/timescale/timescaledb/issues/10503
select
    'timescaledb.enable_parallel_chunk_append is on: parallel reads that compare with the'
    || ' result of a subquery may lose rows'
where
    current_setting('timescaledb.enable_parallel_chunk_append')::boolean
    and current_setting('max_parallel_workers_per_gather')::int > 0
