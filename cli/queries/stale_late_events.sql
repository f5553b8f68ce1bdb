select
    id,
    source,
    ts,
    tape,
    conditions
from ops.late_events
where kind = 'trade' and rules < %(version)s::integer
for update
