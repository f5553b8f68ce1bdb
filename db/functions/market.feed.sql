create or replace function market.feed(
    asked text, source text, event_kind text, since timestamptz, until timestamptz,
    out first_at timestamptz, out covered tstzmultirange, out awaited tstzmultirange
)
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    segment record;
    fed record;
    gaps record;
begin
    covered := '{}';
    awaited := '{}';
    for segment in
        select names.symbol, names.since, names.until, tstzrange(names.since, names.until) as span
        from market.segments_of(asked) as names
    loop
        select
            min(greatest(part.since, segment.since)) as first_at,
            range_agg(tstzrange(part.since, greatest(part.since, part.until)))
                filter (where part.is_live and part.until >= $4) as live,
            range_agg(tstzrange(part.since, part.until))
                filter (where not part.is_live and part.until >= $4) as filled,
            range_agg(tstzrange(greatest(part.since, part.until), null))
                filter (where part.is_open) as awaited
        into fed
        from (
            select
                series.since,
                coalesce(series.until, session.until) as until,
                true as is_live,
                series.until is null and exists (
                    select from ops.open_feeds as open_feed
                    where open_feed.source = session.source
                        and open_feed.topic = session.topic
                        and open_feed."partition" = session."partition"
                        and open_feed.session = session.session
                ) as is_open
            from ops.feed_series as series
            inner join ops.feed_sessions as session
                on series.source = session.source and series.topic = session.topic
                    and series."partition" = session."partition"
                    and series.session = session.session
            where series.symbol = segment.symbol and series.source = $2
                and series.event_kind = $3
            union all
            select fill.since, fill.until, false, false
            from ops.feed_fills as fill
            where fill.symbol = segment.symbol and fill.source = $2 and fill.event_kind = $3
        ) as part
        where part.since < least($5, segment.until)
            and (part.until > segment.since or part.is_open);
        select
            range_agg(tstzrange(gap.since, gap.until)) filter (where gap.is_stored) as filled,
            range_agg(tstzrange(gap.since, gap.until)) filter (where not gap.is_stored) as lost
        into gaps
        from ops.gaps_of(segment.symbol, $2, $3, $4, $5) as gap;
        first_at := least(first_at, fed.first_at);
        covered := covered + segment.span::tstzmultirange * (
            coalesce(fed.live, '{}') - coalesce(gaps.lost, '{}')
            + coalesce(fed.filled, '{}') + coalesce(gaps.filled, '{}')
        );
        awaited := awaited + segment.span::tstzmultirange * coalesce(fed.awaited, '{}');
    end loop;
end $$;

comment on function market.feed is
'What feeds have brought of a series up to a time: since when, which stretches that touch the range
without a gap, and from when on more is to come of sessions that go on.';

revoke execute on function market.feed from public;
grant execute on function market.feed to stockpulse_reader;
