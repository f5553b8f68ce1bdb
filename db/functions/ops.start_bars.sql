-- The caller has locked out the loaders: a batch under way would not log its minutes.
create or replace function ops.start_bars(since timestamptz) returns void
language sql
security definer
set search_path = pg_catalog
as $$
    with started as (
        insert into ops.bar_publication (since, floor_ts)
        select start_at, start_at
        from date_bin('1 minute', coalesce($1, now()), '2000-01-01 00:00+00') as start_at
        on conflict do nothing
        returning since
    ),
    oldest as (
        select least(
            (select min(bucket) from ops.candles_1m),
            (
                select min(range_start)
                from timescaledb_information.chunks
                where hypertable_schema = 'market' and hypertable_name = 'trades'
            )
        ) as ts
    )
    insert into ops.bar_changes (since, until)
    select
        greatest(started.since, date_bin('1 minute', oldest.ts, '2000-01-01 00:00+00')),
        date_bin('1 minute', now(), '2000-01-01 00:00+00') + interval '2 minutes'
    from started
    inner join oldest on oldest.ts < now()
$$;

comment on function ops.start_bars is
'Lets bars from a time on be published, null: from now on; does nothing if they are.';

revoke execute on function ops.start_bars from public;
grant execute on function ops.start_bars to stockpulse_loader;
