insert into ops.candle_changes (symbol, since, until)
select symbol, since, until
from unnest(%(symbols)s::text [], %(since)s::timestamptz [], %(until)s::timestamptz [])
    as changes (symbol, since, until)
