select
    oldest,
    newest
from ops.expired(%(relation)s, %(keep)s::interval)
