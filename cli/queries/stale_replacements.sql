select
    ctid::text,
    source,
    ts,
    tape,
    conditions
from ops.replacements
where kind = 'trade' and rules < %(version)s::integer
for update
