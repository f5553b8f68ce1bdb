delete from ops.restored_days where day = %(day)s
