-- Retention of our own: TimescaleDB's would leave the dropped range open to the next refresh,
-- which would find no ticks there and delete the candles.
create or replace procedure ops.apply_retention(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    target record;
begin
    -- A refresh under way holds this lock, shared: it must not find ticks gone that it counted on.
    if not pg_try_advisory_lock(hashtext('ops.retention_floors')) then
        raise notice 'candles are being refreshed, nothing is dropped until the next run';
        return;
    end if;
    -- Ticks that came later than the scheduled refreshes reach back, children before parents.
    for target in
        select
            ops.relation_of(level) as relation,
            ops.first_bucket(level) as since,
            -- with the bucket in which the reach of the scheduled refreshes begins, theirs not
            now() - refresh_start + width as until
        from ops.lifecycle where child is not null order by "position"
    loop
        call public.refresh_continuous_aggregate(
            target.relation, target.since, target.until, options => '{"buckets_per_batch": 0}'
        );
    end loop;
    for target in
        select level, ops.relation_of(level) as relation, oldest, newest, floor_ts
        from ops.lifecycle
        inner join ops.retention_floors using (level)
        cross join ops.expired(level, keep)
        where newest is not null
        order by "position"
    loop
        -- Loaders look at the floor under a lock of their own: none stores a tick while it moves.
        -- It is not a lock of the floors, whose readers would hold us up, and we the loaders.
        lock table ops.kafka_offsets in share row exclusive mode;
        if ops.is_stale(target.level, greatest(target.oldest, target.floor_ts), target.newest) then
            raise notice '% of % to % changed meanwhile and stay until the next run',
                target.level, target.oldest, target.newest;
        else
            set local timescaledb.skip_cagg_invalidation = on;
            perform public.drop_chunks(target.relation, older_than => target.newest);
            update ops.retention_floors set floor_ts = greatest(floor_ts, target.newest)
            where level = target.level;
        end if;
        commit;
    end loop;
    delete from ops.load_batches where loaded_at < now() - interval '2 days';
    perform pg_advisory_unlock(hashtext('ops.retention_floors'));
end $$;

comment on procedure ops.apply_retention is
'Drops what is older than ops.lifecycle.keep, once the candles made from it are up to date.';
