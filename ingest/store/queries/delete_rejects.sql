delete from ops.rejects where id = any(%(ids)s)
