select
    level as name,
    width,
    child
from ops.lifecycle
where child is not null
order by "position"
