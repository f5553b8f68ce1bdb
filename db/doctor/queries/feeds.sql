-- A feed whose process hangs or was killed. Where loaders are behind, so are its markers: they have
-- to store something of the last minute. While nothing is traded, a venue may send no more than a
-- ping per minute, and a feed whose markets are closed, or have just opened, is not missed.
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
),
silent as materialized (
    select feed.*
    from ops.open_feeds as feed
    cross join newest
    where
        newest.stored_at > now() - interval '1 minute'
        and feed.until < now() - interval '3 minutes'
        and exists (
            select from ops.load_batches
            where loaded_at > now() - interval '1 minute'
        )
)
select
    format(
        'feed %s has been silent since %s (session %s, partitions: %s)',
        silent.source,
        to_char(max(silent.until) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'),
        silent.session,
        count(distinct concat(silent.topic, ' ', silent."partition"))
    )
from silent
left join ops.feed_series as series
    on
        silent.source = series.source
        and silent.topic = series.topic
        and silent."partition" = series."partition"
        and silent.session = series.session
        and series.until is null
where
    series.symbol is null
    or isempty(
        market.closed_times(
            series.symbol, series.source, now() - interval '3 minutes', now()
        )
    )
group by
    silent.source,
    silent.session
order by
    silent.source,
    silent.session
