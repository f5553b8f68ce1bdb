-- Most series have no session that goes on, which an index of a few rows tells.
create or replace function market.awaited_from(symbol text, source text, event_kind text)
returns timestamptz
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    if not exists (
        select from ops.feed_sessions as session
        where session.source = $2 and session.ended_at is null
    ) then
        return 'infinity';
    end if;
    return (
        select coalesce(
            min(greatest(series.since, coalesce(session.until, session.since), segment.since)),
            'infinity'
        )
        from market.segments_of($1) as segment
        cross join ops.feed_sessions as session
        inner join ops.feed_series as series
            on segment.symbol = series.symbol
                and session.source = series.source
                and session.topic = series.topic
                and session."partition" = series."partition"
                and session.session = series.session
        where session.source = $2 and session.ended_at is null
            and series.event_kind = $3 and series.until is null
            and greatest(series.since, coalesce(session.until, session.since)) < segment.until
            and exists (
                select from ops.open_feeds as open_feed
                where open_feed.source = session.source
                    and open_feed.topic = session.topic
                    and open_feed."partition" = session."partition"
                    and open_feed.session = session.session
            )
    );
end $$;

comment on function market.awaited_from is
'The time from which on a feed that goes on may still send events of a series: its newest heartbeat;
infinity where there is none. event_kind: trade or quote.';

revoke execute on function market.awaited_from from public;
grant execute on function market.awaited_from to stockpulse_reader;
