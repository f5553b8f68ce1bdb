select ops.correct_ticks(%(amendments)s::json)
