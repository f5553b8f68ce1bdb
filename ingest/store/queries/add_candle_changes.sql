insert into ops.candle_changes (kind, symbol, since, until)
select %(kind)s, symbol, since, until
from unnest(%(symbols)s::text [], %(since)s::timestamptz [], %(until)s::timestamptz [])
    as changes (symbol, since, until)
