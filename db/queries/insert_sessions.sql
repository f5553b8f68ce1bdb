insert into market.sessions (calendar, session_date, open_at, close_at)
select
    %(calendar)s,
    session_date,
    open_at,
    close_at
from unnest(
    %(dates)s::date [], %(opens)s::timestamptz [], %(closes)s::timestamptz []
) as found (session_date, open_at, close_at)
