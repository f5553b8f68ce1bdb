select ops.forget_bars(make_interval(secs => %(seconds)s))
