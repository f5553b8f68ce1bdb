-- The oldest hours first, round-robin over the symbols; downloads that run at once share the hours.
with due as (
    select
        hours.source,
        hours.symbol,
        hours.hour
    from ops.download_hours as hours
    where
        hours.source = %(source)s and hours.symbol = any(%(symbols)s::text [])
        and hours.hour >= %(since)s and hours.hour < %(until)s
        and hours.next_try_at <= %(now)s
        and not exists (
            select
            from pg_locks as held
            where
                held.locktype = 'advisory' and held.granted
                and held.database = (
                    select oid from pg_database where datname = current_database()
                )
                and held.classid = %(class)s and held.objid = hours.claimed_by
                and held.objsubid = 2
        )
    order by hours.hour, hours.symbol
    limit %(most)s
    for update of hours skip locked
)
update ops.download_hours as hours
set claimed_by = %(run)s
from due
where hours.source = due.source and hours.symbol = due.symbol and hours.hour = due.hour
returning
    hours.symbol,
    hours.hour,
    hours.state,
    hours.tries,
    hours.empties,
    hours."rows",
    hours.sha256
