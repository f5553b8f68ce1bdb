delete from market.sessions
where calendar = %(calendar)s
    and session_date >= %(since)s
    and session_date < %(until)s
