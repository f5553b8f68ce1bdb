create or replace function ops.expired(
    relation text, keep interval, out oldest timestamptz, out newest timestamptz
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select
        min(range_start),
        max(range_end)
    from timescaledb_information.chunks
    where format('%I.%I', hypertable_schema, hypertable_name) = ops.hypertable_of($1)::text
        and range_end <= now() - $2
$$;

comment on function ops.expired is
'Start of the oldest and end of the newest chunk of a relation older than keep; else nulls.';
