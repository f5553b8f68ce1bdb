-- Behind by more than a bucket and five minutes. A parent's is at most the end of the bucket in
-- which its child's is, or the end of what was dropped.
with stored as (
    select
        lifecycle.relation,
        lifecycle.kind,
        lifecycle.child,
        lifecycle.width,
        floors.floor_ts,
        marks.watermark as until,
        ops.next_bucket(
            lifecycle.width,
            now() - lifecycle.refresh_end - lifecycle.width - interval '5 minutes'
        ) as closed
    from ops.lifecycle
    inner join ops.retention_floors as floors using (relation)
    inner join ops.watermarks as marks using (relation)
    where lifecycle.child is not null and not lifecycle.live
),
loaded as ( -- what the batches brought, trades and quotes
    select
        min(oldest_ts) as oldest,
        max(newest_ts) as newest
    from ops.load_batches
    where loaded_at between now() - interval '1 day' and now() - interval '5 minutes'
),
due as (
    select
        stored.*,
        greatest(stored.until + stored.width, loaded.oldest) as first_ts,
        least(stored.closed, loaded.newest + interval '1 microsecond') as last_ts
    from stored
    inner join loaded on loaded.newest is not null
)
select
    format(
        '%s is stored %s, though there are later events of closed buckets',
        relation,
        case
            when until = '-infinity' then 'nowhere'
            else 'up to ' || until
        end
    )
from due
where
    first_ts < last_ts
    and case kind
        when 'trades'
            then exists (select from market.trades where ts >= first_ts and ts < last_ts)
        else exists (select from market.quotes where ts >= first_ts and ts < last_ts)
    end
union all
select
    format(
        '%s is stored up to %s, but %s, from which it is made, not so far',
        parent.relation, parent.until, child.relation
    )
from stored as parent
inner join stored as child on parent.child = child.relation
where parent.until > ops.next_bucket(parent.width, greatest(child.until, child.floor_ts))
