delete from ops.restored_days
where relation = %(relation)s and day = %(day)s
