-- Days of candles that wait for a refresh; the current minute is not due yet.
select
    coalesce(extract(epoch from sum(upper(day) - lower(day))) / 86400, 0)::double precision as days
from (
    select unnest(range_agg(tstzrange(since, until))) as day
    from ops.candle_changes
    where since < date_trunc('minute', now())
) as changed
