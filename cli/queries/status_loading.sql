select
    max(loaded_at) as last_batch_at,
    max(newest_ts) as newest_ts,
    coalesce(sum(tick_rows) filter (where loaded_at > now() - interval '1 minute'), 0)
        as rows_last_minute,
    coalesce(sum(duplicates), 0) as duplicates,
    (select count(*) from ops.rejects) as rejects
from ops.load_batches
where loaded_at > now() - interval '1 day'
