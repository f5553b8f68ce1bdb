select rows, fresh from ops.store_quotes(%(refill)s)
