-- Behind the last session nobody knows whether a market is open: silence is no fault then, and a
-- night is a gap.
select
    format(
        'the sessions of calendar %s end on %s',
        calendar, to_char(max(close_at) at time zone 'UTC', 'YYYY-MM-DD')
    )
from market.sessions
where
    calendar in (
        select calendar from market.instruments
        where last_seen_at > now() - interval '28 days'
        union all
        select sources.calendar
        from market.sources
        inner join market.instruments on sources.source = instruments.primary_source
        where last_seen_at > now() - interval '28 days'
    )
group by calendar
having max(close_at) < now() + interval '21 days'
order by calendar
