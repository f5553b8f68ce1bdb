-- The batch that brought them has counted them as stored.
create or replace function ops.reject_late_events(
    ids bigint [], reason text, details text []
) returns integer
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    with taken as (
        delete from ops.late_events as late
        using unnest(ids, details) as fault (id, detail)
        where late.id = fault.id
        returning late.*, fault.detail
    ),
    recounted as (
        update ops.load_batches as batches
        set
            stored = batches.stored - gone.messages,
            rejected = batches.rejected + gone.messages,
            trades = batches.trades - gone.trades,
            quotes = batches.quotes - gone.quotes
        from (
            select
                batch,
                count(*) as messages,
                count(*) filter (where kind = 'trade') as trades,
                count(*) filter (where kind = 'quote') as quotes
            from taken
            group by batch
        ) as gone
        where batches.id = gone.batch
    ),
    added as (
        insert into ops.rejects
        (topic, "partition", "offset", "key", "value", source, reason, detail)
        select
            topic, "partition", "offset", "key", "value", source_header, $2, detail
        from taken
        returning id
    )
    select count(*)::integer from added
$$;

comment on function ops.reject_late_events is
'Moves waiting events to ops.rejects, and counts their messages as rejected; returns how many.';

revoke execute on function ops.reject_late_events from public;
grant execute on function ops.reject_late_events to stockpulse_loader;
