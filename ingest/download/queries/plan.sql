insert into ops.download_hours (source, symbol, hour, next_try_at)
select
    %(source)s,
    %(symbol)s,
    hour,
    hour
from unnest(%(hours)s::timestamptz []) as hour
on conflict on constraint download_hours_pkey do nothing
