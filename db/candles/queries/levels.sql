select
    relation,
    level as name,
    width,
    child = kind as is_lowest,
    kind
from ops.lifecycle
where child is not null and not live
order by "position"
