-- Whether any tick of a range was cancelled, or waits to be stored.
select exists (
    select from ops.tick_corrections
    where action = 'cancel' and ts between %(oldest)s::timestamptz and %(newest)s::timestamptz
) or exists (
    select from ops.late_ticks
    where ts between %(oldest)s::timestamptz and %(newest)s::timestamptz
)
