select ops.add_feed_markers(%(markers)s::json)
