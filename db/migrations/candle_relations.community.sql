-- Makes the relations of ops.lifecycle that are not there yet: continuous aggregates, of events or
-- of another level.
do $do$
declare
    target record;
begin
    for target in
        select *
        from ops.lifecycle
        where child is not null and to_regclass('market.' || relation) is null
        order by "position"
    loop
        execute format(
            $sql$
            create materialized view market.%I
            with (
                timescaledb.continuous,
                timescaledb.materialized_only = false,
                timescaledb.create_group_indexes = false,
                timescaledb.chunk_interval = %L
            ) as
            %s with no data
            $sql$,
            target.relation,
            target.chunk,
            ops.candle_query(target.relation, 'market.' || target.child)
        );
        execute format(
            'create index %I on market.%I (symbol, source, bucket desc)',
            target.relation || '_series', target.relation
        );
        execute format(
            $sql$
            alter materialized view market.%I set (
                timescaledb.enable_columnstore,
                timescaledb.segmentby = 'symbol, source',
                timescaledb.orderby = 'bucket desc'
            )
            $sql$,
            target.relation
        );
        perform ops.describe_candles(target.relation);
        insert into ops.retention_floors (relation) values (target.relation) on conflict do nothing;
    end loop;
end $do$;
