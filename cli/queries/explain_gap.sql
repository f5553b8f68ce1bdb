select
    session.session,
    session.topic || ' ' || session."partition" as place,
    min(series.since) as since,
    max(coalesce(series.until, session.until)) as until,
    session.ended_at is not null as has_ended,
    session.reason
from ops.feed_series as series
inner join ops.feed_sessions as session
    using (source, topic, "partition", session)
where series.symbol = %(symbol)s and series.source = %(source)s
    and series.event_kind = %(kind)s
    and series.since < %(until)s::timestamptz + interval '1 hour'
    and (
        coalesce(series.until, session.until) is null
        or coalesce(series.until, session.until) > %(since)s::timestamptz - interval '1 hour'
    )
group by session.session, session.topic, session."partition", session.ended_at, session.reason
order by 3
