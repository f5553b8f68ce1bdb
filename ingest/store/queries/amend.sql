select known from ops.amend(%(amendments)s::json)
