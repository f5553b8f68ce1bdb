select "rows", change
from ops.archives
where relation = %(relation)s and day = %(day)s and verified_at is not null
order by archived_at desc
limit 1
