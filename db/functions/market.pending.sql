create or replace function market.pending()
returns table (kind text, timeframe text, since timestamptz, until timestamptz)
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with oldest as (
        select
            hypertable_name as kind,
            min(range_start) as since
        from timescaledb_information.chunks
        where hypertable_schema = 'market'
        group by 1
    )
    select
        lifecycle.kind,
        lifecycle.level,
        greatest(lower(span), oldest.since),
        upper(span)
    from ops.lifecycle
    inner join oldest on lifecycle.kind = oldest.kind
    cross join unnest(ops.pending_candles(lifecycle.relation)) as span
    where lifecycle.child is not null and not lifecycle.live and upper(span) > oldest.since
    order by lifecycle."position", 3
$$;

comment on function market.pending is
'The ranges of candles, by trades or quotes and stored timeframe, that are behind their events: some
may be missing or lack events until the next refresh, which follows within a minute.';

revoke execute on function market.pending from public;
grant execute on function market.pending to stockpulse_reader;
