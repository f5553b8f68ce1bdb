-- Makes the relations of the levels in ops.lifecycle that have none yet: continuous aggregates, of
-- the ticks or of another level. The buckets of a level are unique within a series, so first() and
-- last() meet no ties there.
do $do$
declare
    target record;
    relation text;
begin
    for target in
        select *
        from ops.lifecycle
        where child is not null and to_regclass('market.candles_' || level) is null
        order by "position"
    loop
        relation := format('market.%I', 'candles_' || target.level);
        execute format(
            $sql$
            create materialized view %s
            with (
                timescaledb.continuous,
                timescaledb.materialized_only = false,
                timescaledb.create_group_indexes = false,
                timescaledb.chunk_interval = %L
            ) as
            select
            $sql$
            || case target.child when 'ticks' then $sql$
                time_bucket(%L::interval, ts) as bucket,
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
            $sql$ else $sql$
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
            $sql$ end
            || 'from %s group by 1, 2, 3 with no data',
            relation, target.chunk, target.width, ops.relation_of(target.child)
        );
        execute format(
            'create index %I on %s (symbol, source, bucket desc)',
            'candles_' || target.level || '_series', relation
        );
        execute format(
            $sql$
            alter materialized view %s set (
                timescaledb.enable_columnstore,
                timescaledb.segmentby = 'symbol, source',
                timescaledb.orderby = 'bucket desc'
            )
            $sql$,
            relation
        );
        perform ops.describe_candles(relation::regclass, target.width);
        insert into ops.retention_floors (level) values (target.level) on conflict do nothing;
    end loop;
end $do$;
