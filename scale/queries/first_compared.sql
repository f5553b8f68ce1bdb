-- Begins with whole buckets that retention has left.
select ops.next_bucket(
    %(width)s, greatest(%(since)s::timestamptz, (
        select floor_ts from ops.retention_floors where relation = %(relation)s
    ))
)
