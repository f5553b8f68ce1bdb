set local role stockpulse_owner;

-- Retention of our own: TimescaleDB's would leave the dropped range open to the next refresh,
-- which would find no ticks there and delete the candles.
create procedure ops.apply_retention(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    target record;
    parent record;
    oldest timestamptz;
    newest timestamptz;
begin
    for target in
        select level, keep, ops.relation_of(level) as relation
        from ops.lifecycle where keep is not null order by "position"
    loop
        select min(range_start), max(range_end) into oldest, newest
        from timescaledb_information.chunks
        where format('%I.%I', hypertable_schema, hypertable_name)::regclass
                = ops.store_of(target.level)
            and range_end <= now() - target.keep;
        continue when newest is null;
        for parent in select level from ops.lifecycle where child = target.level loop
            call public.refresh_continuous_aggregate(
                ops.relation_of(parent.level), oldest, newest,
                options => '{"buckets_per_batch": 0}'
            );
        end loop;
        -- Loaders look at the floor under a lock of their own: none stores a tick while it moves.
        lock table ops.floors in access exclusive mode;
        if ops.is_stale(target.level, oldest, newest) then
            raise notice '% of % to % changed meanwhile and stay until the next run',
                target.level, oldest, newest;
        else
            set local timescaledb.skip_cagg_invalidation = on;
            perform public.drop_chunks(target.relation, older_than => newest);
            update ops.floors set floor_ts = greatest(floor_ts, newest) where level = target.level;
        end if;
        commit;
    end loop;
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
        where format('%I.%I', schema_name, table_name)::regclass
            = ops.store_of(child)
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
$$;

comment on function ops.is_stale(text, timestamptz, timestamptz) is
'Whether candles made from this level are behind it within the range.';

-- Replaces all policies by those that ops.lifecycle asks for.
create procedure ops.apply_lifecycle()
language plpgsql
set search_path = pg_catalog, public
as $$
declare
    target record;
begin
    for target in
        select *, ops.relation_of(level) as relation from ops.lifecycle order by "position"
    loop
        call remove_columnstore_policy(target.relation, if_exists => true);
        if target.columnstore_after is not null then
            call add_columnstore_policy(target.relation, after => target.columnstore_after);
        end if;
        continue when target.child is null;
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
    perform delete_job(job.job_id)
    from timescaledb_information.jobs as job
    where job.proc_schema = 'ops' and job.proc_name = 'apply_retention';
    perform add_job(
        'ops.apply_retention', interval '1 day',
        initial_start => date_trunc('day', now()) + interval '1 day 3 hours'
    );
end $$;

comment on procedure ops.apply_lifecycle() is 'Puts ops.lifecycle into force.';

call ops.apply_lifecycle();

reset role;
