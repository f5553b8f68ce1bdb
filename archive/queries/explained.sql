-- Events that were cancelled after a change, and whether what is made of the others changed too.
select
    (
        select count(*)
        from ops.changes as changes
        inner join ops.changed_events as event on changes.change = event.change
        where changes.number > %(change)s
            and event.kind || 's' = %(kind)s
            and event.action = 'cancelled'
            and event.ts >= %(since)s and event.ts < %(until)s
    ) as cancelled,
    exists (
        select
        from ops.changes as changes
        inner join ops.changed_ranges as range on changes.change = range.change
        where changes.number > %(change)s
            and range.kind || 's' = %(kind)s
            and range.since < %(until)s and range.until > %(since)s
            and range.batch is null
    ) as remade
