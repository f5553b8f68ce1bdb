-- Hours of which other ticks are stored than were published.
select
    hours.symbol,
    hours.hour,
    hours."rows",
    stored.ticks
from ops.download_hours as hours
cross join lateral
ops.count_events(
    'quote', hours.symbol, hours.source, hours.hour, hours.hour + interval '1 hour'
) as stored (ticks)
where
    hours.source = %(source)s and hours.symbol = any(%(symbols)s::text [])
    and hours.hour >= %(since)s and hours.hour < %(until)s
    and hours.state in ('done', 'empty_expected', 'empty_confirmed')
    and hours."rows" <> stored.ticks
order by hours.hour, hours.symbol
