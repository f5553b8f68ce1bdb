select exists (
    select from ops.tick_corrections
    where action = 'cancel' and ts between %(oldest)s::timestamptz and %(newest)s::timestamptz
)
