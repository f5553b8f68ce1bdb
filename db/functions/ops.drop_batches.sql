-- A row names its batch, and a batch without events is of no use once both floors have passed it.
-- No event is over a minute ahead of its change, so that the floors have passed those of a change
-- once they have passed its own time. What is kept below a floor may wait for the archive, which
-- needs its changes. The newest change stays, so that it can be named.
create or replace procedure ops.drop_batches()
language sql
set search_path = pg_catalog, pg_temp
as $$
    delete from ops.load_batches
    where coalesce(newest_ts, loaded_at) < (
        select min(least(floor_ts, lower(kept)))
        from ops.retention_floors
        inner join ops.lifecycle using (relation)
        where child is null
    );

    with last_gone as (
        select max(number) as number
        from ops.changes
        where logged_at + interval '1 minute' < (
            select min(least(floor_ts, lower(kept)))
            from ops.retention_floors
            inner join ops.lifecycle using (relation)
            where child is null
        )
    ),
    gone as (
        delete from ops.changes using last_gone
        where changes.number <= last_gone.number
            and changes.number < (select max(number) from ops.changes)
        returning change
    ),
    ranges as (
        delete from ops.changed_ranges using gone where changed_ranges.change = gone.change
    )
    delete from ops.changed_events using gone where changed_events.change = gone.change
$$;

comment on procedure ops.drop_batches is
'Deletes the batches all of whose trades and quotes were dropped, and the changes of such ones.';
