select ops.start_bars(%(since)s::timestamptz)
