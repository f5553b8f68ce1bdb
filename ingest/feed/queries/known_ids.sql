select tick_id
from market.trades
where symbol = %(symbol)s and source = %(source)s
    and ts >= %(since)s::timestamptz - interval '1 second'
    and ts <= %(until)s::timestamptz + interval '1 second'
    and tick_id is not null
