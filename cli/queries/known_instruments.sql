-- Those of the instruments that exist, and the calendar of each or of its primary source.
select
    instruments.symbol,
    coalesce(instruments.calendar, sources.calendar) as calendar
from market.instruments
left join market.sources on instruments.primary_source = sources.source
where instruments.symbol = any(%(symbols)s::text [])
