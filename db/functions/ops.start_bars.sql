-- The caller has locked out the loaders: a batch under way would not log its minutes.
create or replace function ops.start_bars(since timestamptz) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    with started as (
        insert into ops.bar_publication (since, floor_ts)
        select start_at, start_at
        from date_bin('1 minute', coalesce($1, now()), '2000-01-01 00:00+00') as start_at
        on conflict do nothing
        returning since
    ),
    filled as (
        select
            least(min(candles.since), min(chunks.range_start)) as since,
            greatest(max(candles.until), max(chunks.range_end)) as until
        from (
            select
                min(bucket) as since,
                max(bucket) + interval '1 minute' as until
            from ops.candles_1m
        ) as candles
        left join timescaledb_information.chunks
            on chunks.hypertable_schema = 'market' and chunks.hypertable_name = 'trades'
    )
    insert into ops.bar_changes (since, until)
    select
        greatest(started.since, date_bin('1 minute', filled.since, '2000-01-01 00:00+00')),
        filled.until
    from started
    inner join filled on filled.until > started.since
$$;

comment on function ops.start_bars is
'Lets bars from a time on be published, null: from now on; does nothing if they are.';

revoke execute on function ops.start_bars from public;
grant execute on function ops.start_bars to stockpulse_loader;
