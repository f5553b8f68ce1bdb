select
    since,
    until
from market.coverage(%(symbol)s, %(timeframe)s, %(since)s, %(until)s, %(source)s, %(price)s)
where state = 'pending'
union all
select
    ts,
    ts + interval '1 microsecond'
from ops.late_events
where kind = case %(price)s when 'trade' then 'trade' else 'quote' end and source = %(source)s
    and symbol in (select segment.symbol from market.segments_of(%(symbol)s) as segment)
    and ts >= %(since)s and ts < %(until)s
