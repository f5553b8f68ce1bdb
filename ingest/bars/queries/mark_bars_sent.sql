update ops.published_bars set place = null where place = any(%(places)s::bigint [])
