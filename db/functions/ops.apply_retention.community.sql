-- Not TimescaleDB's retention, which would leave the dropped range open to the next refresh: it
-- would find no events there and delete the candles.
create or replace procedure ops.apply_retention(
    job_id integer default null, config jsonb default null
)
language plpgsql
as $$
declare
    target record;
    seen bigint;
    settled date [];
begin
    -- A refresh under way holds this lock, shared: it must not find events gone that it read from.
    -- Most of the time that is the job which refreshes every few seconds, for a moment.
    for tries_left in reverse 5 .. 0 loop
        exit when pg_try_advisory_lock(hashtext('ops.retention_floors'));
        if tries_left = 0 then
            raise notice 'candles are being refreshed, nothing is dropped until the next run';
            return;
        end if;
        perform pg_sleep(1);
    end loop;
    for target in
        select relation
        from ops.lifecycle
        where child is not null and not live -- no candle depends on a live level
        order by "position"
    loop
        call ops.refresh_gaps(target.relation); -- and whatever else is behind
    end loop;
    for target in
        select relation, keep, ops.store_of(relation) as store, oldest, newest, floor_ts
        from ops.lifecycle
        inner join ops.retention_floors using (relation)
        cross join ops.expired(relation, keep)
        where newest is not null
        order by "position"
    loop
        if ops.drops_in_pieces(target.relation) then
            if ops.awaits_archive() and not ops.sees_archive() then
                raise notice 'the archive is away, % stay until the next run', target.relation;
                continue;
            end if;
            select coalesce(max(number), 0) into seen from ops.changes;
            settled := ops.settled_days(target.relation, now() - target.keep);
            set local timescaledb.skip_cagg_invalidation = on;
            perform ops.drop_in_pieces(target.relation, seen, settled);
            commit;
            continue;
        end if;
        -- Loaders read the floor under a lock of their own: none stores an event while it moves.
        -- It is not a lock of the floors, as their readers would block it, and it the loaders.
        lock table ops.kafka_offsets in share row exclusive mode;
        if ops.is_stale(
            target.relation, greatest(target.oldest, target.floor_ts), target.newest
        ) then
            raise notice '% of % to % changed meanwhile and stay until the next run',
                target.relation, target.oldest, target.newest;
        else
            set local timescaledb.skip_cagg_invalidation = on;
            perform public.drop_chunks(target.store, older_than => target.newest);
            update ops.retention_floors set floor_ts = greatest(floor_ts, target.newest)
            where relation = target.relation;
        end if;
        commit;
    end loop;
    call ops.drop_batches();
    perform pg_advisory_unlock(hashtext('ops.retention_floors'));
end $$;

comment on procedure ops.apply_retention is
'Drops what is older than ops.lifecycle.keep, once the candles made from it are up to date.';
