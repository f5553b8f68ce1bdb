select
    name,
    rate_per_minute
from market.api_key(%(key_sha256)s)
