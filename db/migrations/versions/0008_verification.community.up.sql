set local role stockpulse_owner;

create function ops.candle_invalidations(target_level text)
returns table (since timestamptz, until timestamptz)
language sql stable
set search_path = pg_catalog
as $$
    with cagg as (
        select mat_hypertable_id, raw_hypertable_id
        from _timescaledb_catalog.continuous_agg
        where format('%I.%I', user_view_schema, user_view_name) = ops.relation_of($1)::text
    ),
    logged as (
        select lowest_modified_value, greatest_modified_value
        from cagg
        inner join _timescaledb_catalog.continuous_aggs_materialization_invalidation_log as log
            on cagg.mat_hypertable_id = log.materialization_id
        union all
        -- what a refresh that was killed had taken from the log; the next one goes on with it
        select lowest_modified_value, greatest_modified_value
        from cagg
        inner join _timescaledb_catalog.continuous_aggs_materialization_ranges as taken
            on cagg.mat_hypertable_id = taken.materialization_id
        union all
        select lowest_modified_value, greatest_modified_value
        from cagg
        inner join _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log as log
            on cagg.raw_hypertable_id = log.hypertable_id
    )
    select
        _timescaledb_functions.to_timestamp(lowest_modified_value),
        case
            -- the last microsecond that timestamptz knows, after which comes none
            when greatest_modified_value >= 9223371331199999999 then 'infinity'
            else _timescaledb_functions.to_timestamp(greatest_modified_value + 1)
        end
    from logged
$$;

comment on function ops.candle_invalidations(text) is
'Ranges in which a level is behind the one it is made from, or was never made.';

create function ops.pending_candles(target_level text) returns tstzmultirange
language sql stable
set search_path = pg_catalog
as $$
    with recursive chain (level, child, depth) as (
        select lifecycle.level, lifecycle.child, 0 from ops.lifecycle where lifecycle.level = $1
        union all
        select below.level, below.child, chain.depth + 1
        from chain
        inner join ops.lifecycle as below on chain.child = below.level
        where below.child is not null
    ),
    stored as ( -- a level, and how far it or one that is made from it is stored
        select
            chain.level,
            max(
                _timescaledb_functions.to_timestamp(
                    _timescaledb_functions.cagg_watermark(cagg.mat_hypertable_id)
                )
            ) over (order by chain.depth) as until
        from chain
        inner join _timescaledb_catalog.continuous_agg as cagg
            on format('%I.%I', user_view_schema, user_view_name) = ops.relation_of(chain.level)::text
    ),
    spans as (
        select
            stale.since,
            least(stale.until, stored.until) as until
        from stored
        cross join ops.candle_invalidations(stored.level) as stale
    )
    select coalesce(range_agg(tstzrange(since, until)), '{}') from spans where since < until
$$;

comment on function ops.pending_candles(text) is
'Where stored candles may differ from their ticks until a refresh has come by.';

-- In whole days, so that no bucket of any level lies in two of them. A slice is a chunk of the
-- source: one that spans several is aggregated chunk by chunk and then once more, which takes
-- twice as long. Nothing is below first_bucket(): ticks are gone there, and a refresh would find
-- none and delete the candles. Nothing is after the last closed bucket either: candles would be
-- stored that ticks are still to come for.
create function ops.candle_slices(
    target_level text,
    first_ts timestamptz default '-infinity',
    last_ts timestamptz default 'infinity',
    only_stale boolean default true
) returns table (since timestamptz, until timestamptz)
language sql stable
set search_path = pg_catalog, public
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
    with bounds as (
        select
            width,
            child,
            greatest(time_bucket(width, $2), ops.first_bucket($1)) as first_bucket,
            least(ops.next_bucket(width, $3), time_bucket(width, now() - refresh_end)) as last_end
        from ops.lifecycle
        where level = $1
    ),
    pieces as (
        select distinct
            greatest(piece, first_bucket) as since,
            least(
                piece + interval '28 days',
                ops.next_bucket('1 day', range_end),
                last_end
            ) as until
        from bounds
        inner join timescaledb_information.chunks
            on ops.store_of(child)::text = format('%I.%I', hypertable_schema, hypertable_name)
        cross join generate_series(
            date_bin('1 day', range_start, '2000-01-01 00:00+00'),
            range_end - interval '1 microsecond',
            interval '28 days'
        ) as piece
    ),
    stale as (
        select range_agg(tstzrange(log.since, log.until)) as spans
        from ops.candle_invalidations($1) as log
    )
    select pieces.since, pieces.until
    from pieces
    cross join stale
    where pieces.since < pieces.until
        and (not $4 or tstzrange(pieces.since, pieces.until) && stale.spans)
    order by 1
$$;

comment on function ops.candle_slices(text, timestamptz, timestamptz, boolean) is
'The ranges to refresh a level by, oldest first: all of a range, or those that changed.';

create procedure ops.analyze_slices(target_level text)
language plpgsql
as $$
declare
    chunk regclass;
begin
    for chunk in
        select class.oid
        from timescaledb_information.chunks
        inner join pg_catalog.pg_class as class
            on class.oid = format('%I.%I', chunk_schema, chunk_name)::regclass
        left join pg_catalog.pg_stat_all_tables as stats on class.oid = stats.relid
        where format('%I.%I', hypertable_schema, hypertable_name) = ops.store_of($1)::text
            and not is_compressed
            and (
                class.reltuples < 0
                or stats.n_mod_since_analyze > greatest(stats.n_live_tup / 5, 1000)
            )
    loop
        execute format('analyze %s', chunk);
        commit;
    end loop;
end $$;

comment on procedure ops.analyze_slices(text) is
'Gives the planner figures of what was just written: without, the next level is slow to make.';

-- History that was loaded, or came late, beyond the reach of the scheduled refreshes. Below the
-- floors it never reaches, because no slice does; ops.apply_retention() stands back meanwhile.
create procedure ops.sweep(job_id integer default null, config jsonb default null)
language plpgsql
as $$
declare
    deadline timestamptz := clock_timestamp()
        + coalesce((config ->> 'longest')::interval, interval '20 minutes');
    target record;
    slice record;
begin
    if not pg_try_advisory_lock_shared(hashtext('ops.floors')) then
        return;
    end if;
    -- Aggregated once, not chunk by chunk and then again: twice as fast.
    set timescaledb.enable_chunkwise_aggregation = off;
    for target in
        select
            lifecycle.level,
            lifecycle.child,
            ops.relation_of(lifecycle.level) as relation,
            now() - lifecycle.refresh_start as until
        from ops.lifecycle
        where lifecycle.child is not null
        order by lifecycle."position"
    loop
        -- A sequential scan of a child asks for its watermark once a row, an index scan once.
        perform set_config(
            'enable_seqscan', case target.child when 'ticks' then 'on' else 'off' end, false
        );
        for slice in
            select slices.since, slices.until
            from ops.candle_slices(target.level, last_ts => target.until) as slices
        loop
            exit when clock_timestamp() > deadline;
            call public.refresh_continuous_aggregate(
                target.relation, slice.since, slice.until, options => '{"buckets_per_batch": 0}'
            );
        end loop;
        exit when clock_timestamp() > deadline;
        call ops.analyze_slices(target.level);
    end loop;
    reset timescaledb.enable_chunkwise_aggregation;
    reset enable_seqscan;
    perform pg_advisory_unlock_shared(hashtext('ops.floors'));
end $$;

comment on procedure ops.sweep(integer, jsonb) is
'Refreshes what changed before the reach of the scheduled refreshes, for a limited time.';

select add_job(
    'ops.sweep', interval '1 hour',
    initial_start => date_trunc('hour', now()) + interval '1 hour 20 minutes'
);
select add_job(
    'ops.verify_sample', interval '1 day',
    config => '{"samples": 1000}',
    initial_start => date_trunc('day', now()) + interval '1 day 4 hours'
);

reset role;
