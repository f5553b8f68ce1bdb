-- As text: CALL takes no subquery.
select array_agg((symbol, %(since)s::timestamptz, %(until)s::timestamptz)::ops.span)::text
from unnest(%(symbols)s::text []) as symbol
