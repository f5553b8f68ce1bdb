select exists (
    select
    from ops.retention_floors
    where
        relation = %(relation)s
        and %(since)s::timestamptz < floor_ts
        and not %(since)s::timestamptz <@ kept
)
