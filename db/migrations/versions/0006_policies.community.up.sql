set local role stockpulse_owner;

-- Retention of our own: TimescaleDB's would leave the dropped range open to the next refresh,
-- which would find no ticks there and delete the candles.
create procedure ops.apply_retention(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    target record;
begin
    -- A refresh under way holds this lock, shared: it must not find ticks gone that it counted on.
    if not pg_try_advisory_lock(hashtext('ops.floors')) then
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
        inner join ops.floors using (level)
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
            update ops.floors set floor_ts = greatest(floor_ts, target.newest)
            where level = target.level;
        end if;
        commit;
    end loop;
    delete from ops.load_batches where loaded_at < now() - interval '2 days';
    perform pg_advisory_unlock(hashtext('ops.floors'));
end $$;

comment on procedure ops.apply_retention(integer, jsonb) is
'Drops what is older than ops.lifecycle.keep, once the candles made from it are up to date.';

create function ops.is_stale(child text, since timestamptz, until timestamptz) returns boolean
language sql stable
set search_path = pg_catalog
as $$
    with span as (
        select
            _timescaledb_functions.to_unix_microseconds(since) as lowest,
            _timescaledb_functions.to_unix_microseconds(until) as highest
    ),
    source as (
        select id
        from _timescaledb_catalog.hypertable
        where format('%I.%I', schema_name, table_name) = ops.store_of(child)::text
    )
    select exists (
        select
        from source
        inner join _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log as log
            on source.id = log.hypertable_id
        cross join span
        where log.lowest_modified_value < span.highest
            and log.greatest_modified_value >= span.lowest
    )
    or exists (
        select
        from source
        inner join _timescaledb_catalog.continuous_agg as cagg
            on source.id = cagg.raw_hypertable_id
        inner join _timescaledb_catalog.continuous_aggs_materialization_invalidation_log as log
            on cagg.mat_hypertable_id = log.materialization_id
        cross join span
        where log.lowest_modified_value < span.highest
            and log.greatest_modified_value >= span.lowest
    )
    -- what a refresh has taken from the log and not made yet, or was killed at
    or exists (
        select
        from source
        inner join _timescaledb_catalog.continuous_agg as cagg
            on source.id = cagg.raw_hypertable_id
        inner join _timescaledb_catalog.continuous_aggs_materialization_ranges as taken
            on cagg.mat_hypertable_id = taken.materialization_id
        cross join span
        where taken.lowest_modified_value < span.highest
            and taken.greatest_modified_value >= span.lowest
    )
$$;

comment on function ops.is_stale(text, timestamptz, timestamptz) is
'Whether candles made from this level are behind it within the range.';

create function ops.jobs_of(procedure text)
returns table (relation text, schedule_interval interval, config jsonb)
language sql stable
set search_path = pg_catalog
as $$
    select
        quote_ident(hypertable_schema) || '.' || quote_ident(hypertable_name),
        schedule_interval,
        config
    from timescaledb_information.jobs
    where proc_name = $1 and proc_schema in ('ops', '_timescaledb_functions')
$$;

comment on function ops.jobs_of(text) is
'The jobs that run a procedure; TimescaleDB names either a candle relation or its store.';

-- Replaces the policies that ops.lifecycle asks to be otherwise; the rest keep their schedule.
create procedure ops.apply_lifecycle()
language plpgsql
set search_path = pg_catalog, public
as $$
declare
    target record;
begin
    lock table ops.lifecycle in share row exclusive mode; -- one at a time
    for target in
        select
            lifecycle.*,
            named.relation,
            named.store,
            (columnstore.config ->> 'compress_after')::interval as now_columnstore_after,
            (refresh.config ->> 'start_offset')::interval as now_refresh_start,
            (refresh.config ->> 'end_offset')::interval as now_refresh_end,
            refresh.schedule_interval as now_refresh_every
        from ops.lifecycle
        cross join lateral (
            select ops.relation_of(level) as relation, ops.store_of(level) as store
        ) as named
        left join ops.jobs_of('policy_compression') as columnstore
            on columnstore.relation in (named.relation::text, named.store::text)
        left join ops.jobs_of('policy_refresh_continuous_aggregate') as refresh
            on refresh.relation in (named.relation::text, named.store::text)
        order by "position"
    loop
        perform set_chunk_time_interval(target.store, target.chunk);
        if target.columnstore_after is distinct from target.now_columnstore_after then
            call remove_columnstore_policy(target.relation, if_exists => true);
            if target.columnstore_after is not null then
                call add_columnstore_policy(target.relation, after => target.columnstore_after);
            end if;
        end if;
        continue when (target.refresh_start, target.refresh_end, target.refresh_every)
            is not distinct from
            (target.now_refresh_start, target.now_refresh_end, target.now_refresh_every);
        perform remove_continuous_aggregate_policy(target.relation, if_exists => true);
        perform add_continuous_aggregate_policy(
            target.relation,
            start_offset => target.refresh_start,
            end_offset => target.refresh_end,
            schedule_interval => target.refresh_every,
            -- spread over the minute, so that the levels do not all start at once
            initial_start => date_trunc('minute', now()) + target."position" * interval '5 seconds',
            -- one pass: each batch would read the whole chunk again
            buckets_per_batch => 0
        );
    end loop;
    if not exists (select from ops.jobs_of('apply_retention')) then
        perform add_job(
            'ops.apply_retention', interval '1 day',
            initial_start => date_trunc('day', now()) + interval '1 day 3 hours'
        );
    end if;
end $$;

comment on procedure ops.apply_lifecycle() is 'Puts ops.lifecycle into force.';

call ops.apply_lifecycle();

reset role;
