select
    place,
    symbol,
    message
from ops.published_bars
where place is not null
order by place
limit %(limit)s
