create or replace function market.feeds()
returns table (source text, open_sessions bigint, newest_marker_at timestamptz)
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select
        feed.source,
        (
            select count(distinct open_feeds.session)
            from ops.open_feeds
            where open_feeds.source = feed.source
        ),
        max(coalesce(feed.until, feed.since))
    from ops.feed_sessions as feed
    group by feed.source
    order by feed.source
$$;

comment on function market.feeds is
'The feeds that have sent markers, by source: how many of their sessions go on, and the time of the
newest marker.';

revoke execute on function market.feeds from public;
grant execute on function market.feeds to stockpulse_reader;
