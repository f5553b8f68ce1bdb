select
    relation,
    kind,
    level,
    ranges,
    extract(epoch from since)::double precision as since,
    extract(epoch from refreshed_at)::double precision as refreshed_at
from ops.metrics_of_candles()
