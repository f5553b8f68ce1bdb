select rows, fresh from ops.store_trades(%(refill)s)
