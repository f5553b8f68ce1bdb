select
    since,
    until,
    reason
from market.gaps(%(symbol)s, %(source)s, %(since)s, %(until)s, %(price)s)
