update ops.lifecycle set keep = %(keep)s::interval where relation = %(relation)s
