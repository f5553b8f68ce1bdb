set local role stockpulse_owner;

create materialized view market.candles_1m
with (
    timescaledb.continuous,
    timescaledb.materialized_only = false,
    timescaledb.create_group_indexes = false,
    timescaledb.chunk_interval = '7 days'
) as
select
    time_bucket('1 minute', ts) as bucket,
    symbol,
    source,
    first(price, ord) as open,
    max(price) as high,
    min(price) as low,
    last(price, ord) as close,
    sum(size) as volume,
    sum(price * size) as notional,
    sum(price * size) / nullif(sum(size), 0) as vwap,
    count(*) as tick_count
from market.ticks
group by 1, 2, 3
with no data;

-- The parents. A child's buckets are unique within a series: first() and last() know no ties.
do $$
declare
    parent record;
begin
    for parent in select * from ops.lifecycle where child <> 'ticks' order by "position" loop
        execute format($sql$
            create materialized view market.%I
            with (
                timescaledb.continuous,
                timescaledb.materialized_only = false,
                timescaledb.create_group_indexes = false,
                timescaledb.chunk_interval = %L
            ) as
            select
                time_bucket(%L::interval, bucket) as bucket,
                symbol,
                source,
                first(open, bucket) as open,
                max(high) as high,
                min(low) as low,
                last(close, bucket) as close,
                sum(volume) as volume,
                sum(notional) as notional,
                sum(notional) / nullif(sum(volume), 0) as vwap,
                sum(tick_count)::bigint as tick_count
            from %s
            group by 1, 2, 3
            with no data
        $sql$, 'candles_' || parent.level, parent.chunk, parent.width, ops.relation_of(parent.child));
    end loop;
end $$;

do $$
declare
    candles record;
begin
    for candles in
        select level, width, ops.relation_of(level) as relation
        from ops.lifecycle where child is not null
    loop
        execute format(
            'create index %I on %s (symbol, source, bucket desc)',
            'candles_' || candles.level || '_series', candles.relation
        );
        execute format($sql$
            alter materialized view %s set (
                timescaledb.enable_columnstore,
                timescaledb.segmentby = 'symbol, source',
                timescaledb.orderby = 'bucket desc'
            )
        $sql$, candles.relation);
        perform ops.describe_candles(candles.relation, candles.width);
    end loop;
end $$;

create function ops.store_of(level text) returns regclass
language sql stable
set search_path = pg_catalog
as $$
    select coalesce(
        (
            select format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)
            from timescaledb_information.continuous_aggregates
            where format('%I.%I', view_schema, view_name) = ops.relation_of(level)::text
        )::regclass,
        ops.relation_of(level)
    )
$$;

comment on function ops.store_of(text) is 'The hypertable that holds a level.';

reset role;
