-- Sessions of a calendar that are open within a window.
-- Columns: the calendar, null if none is known or has sessions; the sessions; the open of the last
-- one, after which the next page begins, null if there is no next page.
with wanted as materialized (
    select
        coalesce(
            %(calendar)s::text,
            market.own_calendar(%(symbol)s::text, market.default_source(%(symbol)s::text))
        ) as calendar
),

page as materialized (
    select
        sessions.session_date,
        sessions.open_at,
        sessions.close_at,
        row_number() over (order by sessions.open_at) as number -- noqa: RF04
    from wanted
    inner join market.sessions on wanted.calendar = sessions.calendar
    where
        sessions.close_at > %(start)s::timestamptz and sessions.open_at < %(end)s::timestamptz
        and sessions.open_at > coalesce(%(after)s::timestamptz, '-infinity')
    order by sessions.open_at
    limit %(limit)s::integer + 1
)

select
    wanted.calendar,
    exists(select from market.sessions where sessions.calendar = wanted.calendar) as has_sessions,
    (
        select
            coalesce(
                string_agg(
                    '{"date":"' || to_char(session_date, 'YYYY-MM-DD') || '"'
                    || ',"open":' || market.time_json(open_at, 0, %(ts)s::text, %(tz)s::text)
                    || ',"close":' || market.time_json(close_at, 0, %(ts)s::text, %(tz)s::text)
                    || '}',
                    ',' order by open_at
                ),
                ''
            )
        from page
        where number <= %(limit)s::integer
    ) as sessions,
    (
        select max(open_at) filter (where number = %(limit)s::integer)
        from page
        having max(number) > %(limit)s::integer
    ) as last_open_at
from wanted
