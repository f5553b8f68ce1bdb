select 'jit is on: compiling takes longer than these queries run'
where current_setting('jit') = 'on'
union all
select
    format(
        'max_locks_per_transaction is %s: a query over a year of chunks needs 256',
        current_setting('max_locks_per_transaction')
    )
where current_setting('max_locks_per_transaction')::int < 256
union all
select
    format(
        'shared_buffers is %s; a quarter of the memory is usual',
        current_setting('shared_buffers')
    )
where pg_size_bytes(current_setting('shared_buffers')) < 128 * 1024 ^ 2
union all
select
    format(
        'timescaledb.max_background_workers is %s: the jobs here need 4',
        current_setting('timescaledb.max_background_workers')
    )
where
    current_setting('timescaledb.license') <> 'apache'
    and current_setting('timescaledb.max_background_workers')::int < 4
union all
select
    format(
        'max_worker_processes is %s, less than 3 + timescaledb.max_background_workers'
        || ' + max_parallel_workers',
        current_setting('max_worker_processes')
    )
where
    current_setting('max_worker_processes')::int
    < 3
    + current_setting('timescaledb.max_background_workers')::int
    + current_setting('max_parallel_workers')::int
