create or replace procedure ops.apply_retention()
language plpgsql
security definer
set search_path = pg_catalog, public, pg_temp
as $$
declare
    target record;
    seen bigint;
    settled jsonb;
begin
    call market.refresh_candles();
    -- What takes long comes before the lock.
    select coalesce(max(number), 0) into seen from ops.changes;
    select jsonb_object_agg(relation, ops.settled_days(relation, now() - keep)) into settled
    from ops.lifecycle
    cross join ops.expired(relation, keep)
    where newest is not null and ops.drops_in_pieces(relation);
    if not pg_try_advisory_xact_lock(hashtext('ops.retention_floors')) then
        return; -- a day is being restored, or rules are applied: loaders would wait behind this
    end if;
    -- Loaders read the floor under a lock of their own: none stores an event while it moves. It is
    -- not a lock of the floors, as their readers would block it, and it the loaders.
    lock table ops.kafka_offsets in share row exclusive mode;
    for target in
        select relation, kind, ops.hypertable_of(relation) as store, newest
        from ops.lifecycle
        cross join ops.expired(relation, keep)
        where newest is not null
        order by "position"
    loop
        if ops.drops_in_pieces(target.relation) then
            if ops.awaits_archive() and not ops.sees_archive() then
                raise notice 'the archive is away, % stay until the next run', target.relation;
                continue;
            end if;
            perform ops.drop_in_pieces(
                target.relation, seen,
                case when jsonb_typeof(settled -> target.relation) = 'array' then array(
                    select jsonb_array_elements_text(settled -> target.relation)::date
                ) end
            );
            continue;
        end if;
        continue when exists (
            select from ops.candle_changes where kind = target.kind and since < target.newest
        );
        perform drop_chunks(target.store, older_than => target.newest);
        update ops.retention_floors set floor_ts = greatest(floor_ts, target.newest)
        where relation = target.relation;
    end loop;
    call ops.drop_batches();
end $$;

comment on procedure ops.apply_retention is
'Drops what is older than ops.lifecycle.keep once its candles are up to date; the loader calls it.';

revoke execute on procedure ops.apply_retention from public;
grant execute on procedure ops.apply_retention to stockpulse_loader;
