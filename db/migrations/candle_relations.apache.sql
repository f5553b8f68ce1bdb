-- Makes the relations of the levels in ops.lifecycle that have none yet: a hypertable of stored
-- candles, and a view that adds to them those after the watermark, computed when they are read.
do $do$
declare
    target record;
    store text;
begin
    for target in
        select *
        from ops.lifecycle
        where child is not null and to_regclass('market.candles_' || level) is null
        order by "position"
    loop
        store := 'candles_' || target.level;
        execute format(
            $sql$
            create table ops.%1$I (
                bucket timestamptz not null,
                symbol text collate "C" not null,
                source text collate "C" not null,
                open numeric not null,
                high numeric not null,
                low numeric not null,
                close numeric not null,
                volume numeric,
                notional numeric,
                vwap numeric,
                tick_count bigint not null,
                constraint %2$I primary key (symbol, source, bucket)
            )
            $sql$,
            store, store || '_pkey'
        );
        perform create_hypertable(
            format('ops.%I', store)::regclass, by_range('bucket', target.chunk)
        );
        execute format(
            'comment on table ops.%I is %L',
            store,
            'The stored candles behind market.' || store || '; written by market.refresh_candles().'
        );
        execute format(
            $sql$
            create view market.%1$I as
            select
                bucket, symbol, source, open, high, low, close, volume, notional, vwap, tick_count
            from ops.%1$I
            where bucket < (select watermark from ops.candle_watermarks where level = %2$L)
            union all
            $sql$
            || case target.child when 'ticks' then $sql$
            select
                time_bucket(%3$L::interval, ts) as bucket,
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
            from %4$s
            where ts >= (select watermark from ops.candle_watermarks where level = %2$L)
            group by 1, 2, 3
            $sql$ else $sql$
            select
                time_bucket(%3$L::interval, bucket) as bucket,
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
            from %4$s
            where bucket >= (select watermark from ops.candle_watermarks where level = %2$L)
            group by 1, 2, 3
            $sql$ end,
            store, target.level, target.width, ops.relation_of(target.child)
        );
        perform ops.describe_candles(ops.relation_of(target.level), target.width);
        insert into ops.candle_watermarks (level) values (target.level) on conflict do nothing;
        insert into ops.retention_floors (level) values (target.level) on conflict do nothing;
    end loop;
end $do$;
