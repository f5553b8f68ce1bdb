-- Events that were cancelled after a change, and whether what is made of the others changed too;
-- nothing if the change is one of another database.
with later as (
    select change
    from ops.changes
    where
        number > %(change)s
        and (
            %(change)s = 0
            or exists (
                select from ops.changes where number = %(change)s and mark = %(mark)s
            )
        )
)
select
    (
        select count(*)
        from later
        inner join ops.changed_events as event on later.change = event.change
        where
            event.kind || 's' = %(kind)s
            and event.action = 'cancelled'
            and event.ts >= %(since)s and event.ts < %(until)s
    ) as cancelled,
    exists (
        select
        from later
        inner join ops.changed_ranges as touch on later.change = touch.change
        where
            touch.kind || 's' = %(kind)s
            and touch.since < %(until)s and touch.until > %(since)s
            and touch.batch is null
    ) as remade
