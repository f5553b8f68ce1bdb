select
    name,
    rate_per_minute,
    created_at,
    revoked_at
from ops.api_keys
order by name, created_at
