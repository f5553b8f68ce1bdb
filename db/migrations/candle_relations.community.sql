-- The stored candles of the relations of ops.lifecycle: continuous aggregates, of events or of
-- another level.
do $do$
declare
    target record;
begin
    for target in
        select *
        from ops.lifecycle
        where child is not null and to_regclass('ops.' || relation) is null
        order by "position"
    loop
        execute format(
            $sql$
            create materialized view ops.%I
            with (
                timescaledb.continuous,
                timescaledb.materialized_only = true,
                timescaledb.create_group_indexes = false,
                timescaledb.chunk_interval = %L
            ) as
            %s with no data
            $sql$,
            target.relation,
            target.chunk,
            ops.candle_query(target.relation, ops.store_of(target.child)::text)
        );
        execute format(
            'create index %I on ops.%I (symbol, source, bucket desc)',
            target.relation || '_series', target.relation
        );
        execute format(
            $sql$
            alter materialized view ops.%I set (
                timescaledb.enable_columnstore,
                timescaledb.segmentby = 'symbol, source',
                timescaledb.orderby = 'bucket desc'
            )
            $sql$,
            target.relation
        );
        execute format(
            'comment on view ops.%I is %L',
            target.relation,
            'The stored candles behind market.' || target.relation
        );
        insert into ops.retention_floors (relation) values (target.relation) on conflict do nothing;
    end loop;
end $do$;
