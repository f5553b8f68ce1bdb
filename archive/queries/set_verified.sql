update ops.archives set verified_at = clock_timestamp()
where relation = %(relation)s and day = %(day)s and snapshot = %(snapshot)s
