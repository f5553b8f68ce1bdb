-- By kind of event: the time before which the next run of the retention drops.
select
    rtrim(relation, 's') as kind,
    now() - keep as kept_since
from ops.lifecycle
where child is null and keep is not null
