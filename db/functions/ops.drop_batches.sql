-- A row names its batch, and a batch without events is of no use once both floors have passed it.
create or replace procedure ops.drop_batches()
language sql
set search_path = pg_catalog
as $$
    delete from ops.load_batches
    where coalesce(newest_ts, loaded_at) < (
        select min(floor_ts)
        from ops.retention_floors
        inner join ops.lifecycle using (relation)
        where child is null
    )
$$;

comment on procedure ops.drop_batches is
'Deletes the batches all of whose trades and quotes were dropped.';
