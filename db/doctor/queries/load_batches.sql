-- The constraint that keeps the sums may have been dropped or not validated; the rows of a batch
-- are stored with it, and never without.
select
    format(
        'batch %s: stored %s + duplicates %s + amended %s + rejected %s + ignored %s messages'
        || ' are %s, not %s',
        id, stored, duplicates, amended, rejected, ignored,
        stored + duplicates + amended + rejected + ignored, messages
    )
from ops.load_batches
where messages <> stored + duplicates + amended + rejected + ignored
union all
select format('batch %s took %s messages from %s offsets', id, messages, span)
from (
    select
        id,
        messages,
        (
            select sum((range -> 1)::bigint - (range -> 0)::bigint)
            from jsonb_each(offsets) as spans (name, range) -- noqa: AL05
        ) as span
    from ops.load_batches
) as taken
where messages > span
limit 20
