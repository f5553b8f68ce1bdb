select ops.log_bar_changes(%(since)s::timestamptz [], %(until)s::timestamptz [])
