-- Behind the last session nobody knows whether a market is open: silence is no fault then, and a
-- night is a gap. Calendars that ended long ago were loaded for once.
select
    format(
        'the sessions of %s end on %s',
        string_agg(calendar, ', ' order by calendar),
        to_char(min(ends_at) at time zone 'UTC', 'YYYY-MM-DD')
    )
from (
    select
        calendar,
        max(close_at) as ends_at
    from market.sessions
    group by calendar
) as calendars
where ends_at between now() - interval '90 days' and now() + interval '21 days'
having count(*) > 0
