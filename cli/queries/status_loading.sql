select
    max(loaded_at) as last_batch_at,
    max(newest_ts) as newest_ts,
    coalesce(sum(trades) filter (where loaded_at > now() - interval '1 minute'), 0) as trades,
    coalesce(sum(quotes) filter (where loaded_at > now() - interval '1 minute'), 0) as quotes,
    coalesce(sum(messages), 0) as messages,
    coalesce(sum(stored), 0) as stored,
    coalesce(sum(duplicates), 0) as duplicates,
    coalesce(sum(amended), 0) as amended,
    coalesce(sum(rejected), 0) as rejected,
    coalesce(sum(ignored), 0) as ignored,
    (select count(*) from ops.rejects) as rejects,
    (select count(*) from ops.amendments where applied_at is null) as waiting
from ops.load_batches
where loaded_at > now() - interval '1 day'
