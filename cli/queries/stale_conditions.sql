-- The tapes and conditions of the stale trades of a slice; an array compares as its text.
select distinct
    tape,
    conditions,
    conditions::text as conditions_text
from market.trades
where
    symbol = %(symbol)s::text and source = %(source)s::text
    and ts >= %(since)s::timestamptz and ts < %(until)s::timestamptz
    and rules < %(version)s::integer
