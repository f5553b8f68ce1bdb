select ops.queue_bars(make_interval(secs => %(grace)s))
