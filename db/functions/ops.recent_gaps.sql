-- Most series have been fed without a break by a session that goes on, and have no gaps: they need
-- not be looked at one by one, which takes a millisecond each.
create or replace function ops.recent_gaps(since timestamptz, most_series integer)
returns table (
    symbol text, source text, event_kind text, since timestamptz, until timestamptz, reason text,
    left_out bigint
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with fed as (
        select
            series.symbol,
            series.source,
            series.event_kind,
            bool_or(series.since <= $1 and series.until is null and open_feeds.session is not null)
                as is_whole
        from ops.feed_series as series
        inner join ops.feed_sessions as feed
            on series.source = feed.source and series.topic = feed.topic
                and series."partition" = feed."partition" and series.session = feed.session
        left join ops.open_feeds
            on series.source = open_feeds.source and series.topic = open_feeds.topic
                and series."partition" = open_feeds."partition"
                and series.session = open_feeds.session
        where coalesce(series.until, feed.until, feed.since) > $1
        group by series.symbol, series.source, series.event_kind
    ),
    doubtful as (
        select
            fed.*,
            row_number() over (order by fed.symbol, fed.source, fed.event_kind) as number,
            count(*) over () as series
        from fed
        where not fed.is_whole
            or exists (
                select from ops.feed_gaps as gap
                where gap.symbol = fed.symbol and gap.source = fed.source
                    and gap.event_kind = fed.event_kind and gap.until > $1
            )
    )
    select
        doubtful.symbol,
        doubtful.source,
        doubtful.event_kind,
        gap.since,
        gap.until,
        gap.reason,
        greatest(doubtful.series - $2, 0)
    from doubtful
    cross join lateral market.gaps(
        doubtful.symbol, doubtful.source, $1,
        price => case doubtful.event_kind when 'trade' then 'trade' else 'mid' end
    ) as gap
    where doubtful.number <= $2
$$;

comment on function ops.recent_gaps is
'The gaps since a time, as market.gaps() finds them, of all series that feeds have covered since
then, or of the first most_series that may have some; left_out: how many of these are not looked at.';
