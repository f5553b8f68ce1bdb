-- Corrections that wait; one that states no conditions leaves its trade's mask alone.
select
    id,
    source,
    ts,
    new_tape,
    new_conditions
from ops.amendments
where
    kind = 'trade' and applied_at is null
    and new_conditions is not null and new_rules < %(version)s::integer
for update
