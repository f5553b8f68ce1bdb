update ops.archives set verified_at = null
where relation = %(relation)s and day = %(day)s and snapshot = %(snapshot)s
