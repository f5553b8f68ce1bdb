select exists (
    select
    from ops.retention_floors
    where relation = %(relation)s and floor_ts > %(since)s
)
