call ops.refresh_gaps(%(relation)s)
