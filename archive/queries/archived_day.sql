select
    relation,
    snapshot,
    "rows",
    bytes,
    archived_at,
    verified_at is not null as is_verified
from ops.archives
where day = %(day)s
order by relation, archived_at
