select ops.store_of(%(relation)s)::text
