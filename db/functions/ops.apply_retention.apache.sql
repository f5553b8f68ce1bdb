create or replace procedure ops.apply_retention()
language plpgsql
security definer
set search_path = pg_catalog, public
as $$
declare
    target record;
begin
    call market.refresh_candles();
    -- Loaders look at the floor under a lock of their own: none stores a tick while it moves. It is
    -- not a lock of the floors, whose readers would hold us up, and we the loaders.
    lock table ops.kafka_offsets in share row exclusive mode;
    for target in
        select level, ops.store_of(level) as store, newest
        from ops.lifecycle
        cross join ops.expired(level, keep)
        where newest is not null
        order by "position"
    loop
        continue when exists (select from ops.candle_changes where since < target.newest);
        perform drop_chunks(target.store, older_than => target.newest);
        update ops.retention_floors set floor_ts = greatest(floor_ts, target.newest)
        where level = target.level;
    end loop;
    delete from ops.load_batches where loaded_at < now() - interval '2 days';
end $$;

comment on procedure ops.apply_retention is
'Drops what is older than ops.lifecycle.keep once its candles are up to date; the loader calls it.';

revoke execute on procedure ops.apply_retention from public;
grant execute on procedure ops.apply_retention to stockpulse_loader;
