call ops.make_candles(%(relation)s, %(spans)s::ops.span [])
