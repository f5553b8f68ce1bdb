-- Whole days, in which every level has whole buckets. The estimates are those of the planner, or go
-- by size where a chunk was never analyzed; to plan for a chunk takes as long as 5,000 rows.
create or replace function ops.verify_slices(
    first_ts timestamptz, last_ts timestamptz, row_count bigint
) returns table (relations text [], since timestamptz, until timestamptz)
language sql stable
set search_path = pg_catalog, public, pg_temp
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
    with trees as (
        select kind, array_agg(relation order by "position") as relations
        from ops.verified_levels()
        group by kind
    ),
    stores as (
        select kind, ops.hypertable_of(relation) as store
        from trees
        cross join lateral unnest(relations || kind) as relation
    ),
    chunks as (
        select
            stores.kind,
            range_start,
            range_end,
            greatest(approximate_row_count(chunk), pg_relation_size(chunk) / 150, 5000)
            / greatest(extract(epoch from range_end - range_start) / 86400, 1) as rows_per_day
        from timescaledb_information.chunks
        cross join lateral (
            select
                format('%I.%I', hypertable_schema, hypertable_name)::regclass as store,
                format('%I.%I', chunk_schema, chunk_name)::regclass as chunk
        ) as named
        inner join stores on named.store = stores.store
        where range_start < $2 and range_end > $1
    ),
    days as (
        select
            kind,
            day,
            sum(sum(rows_per_day)) over (partition by kind order by day) - sum(rows_per_day)
            as rows_before
        from chunks
        cross join lateral generate_series(
            date_bin('1 day', range_start, '2000-01-01 00:00+00'),
            least(range_end, now(), $2) - interval '1 microsecond',
            interval '1 day'
        ) as day
        where day + interval '1 day' > $1
        group by kind, day
    )
    select
        trees.relations,
        greatest(min(day), $1),
        least(max(day) + interval '1 day', $2)
    from days
    inner join trees on days.kind = trees.kind
    group by trees.relations, floor(rows_before / $3)
    order by 2, 1
$$;

comment on function ops.verify_slices is
'A range in parts of one tree, oldest first, of about as many rows, or a day if it has more.';
