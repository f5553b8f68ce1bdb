-- The stored candles of the relations of ops.lifecycle: hypertables that the loader's timer writes.
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
            'create table ops.%I as %s with no data',
            target.relation,
            ops.candle_query(target.relation, ops.store_of(target.child)::text)
        );
        execute format(
            'alter table ops.%I add constraint %I primary key (symbol, source, bucket)',
            target.relation, target.relation || '_pkey'
        );
        perform create_hypertable(
            format('ops.%I', target.relation)::regclass, by_range('bucket', target.chunk)
        );
        execute format(
            'comment on table ops.%I is %L',
            target.relation,
            'The stored candles behind market.' || target.relation
            || '; written by market.refresh_candles().'
        );
        insert into ops.candle_watermarks (relation) values (target.relation);
        insert into ops.retention_floors (relation) values (target.relation) on conflict do nothing;
    end loop;
end $do$;
