-- A feed whose process hangs or was killed. Where loaders are behind, so are its markers: they have
-- to store something of the last minute.
with newest as (
    select max(moment) as stored_at
    from (
        select newest_ts as moment
        from ops.load_batches
        where loaded_at > now() - interval '1 minute'
        union all
        select until
        from ops.feed_sessions
    ) as moments
)
select
    format(
        'feed %s has been silent since %s (session %s, partitions: %s)',
        source,
        to_char(max(until) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'),
        session,
        count(*)
    )
from ops.open_feeds
cross join newest
where
    newest.stored_at > now() - interval '1 minute'
    and until < now() - interval '1 minute'
    and exists (
        select from ops.load_batches
        where loaded_at > now() - interval '1 minute'
    )
group by
    source,
    session
order by
    source,
    session
