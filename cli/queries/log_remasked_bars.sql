select ops.log_bar_changes(array[%(since)s::timestamptz], array[%(until)s::timestamptz])
