-- Makes the relations of ops.lifecycle that are not there yet: a hypertable of stored candles, and
-- a view that adds to them those after the watermark, computed when they are read.
do $do$
declare
    target record;
    computed text;
begin
    for target in
        select *
        from ops.lifecycle
        where child is not null and to_regclass('market.' || relation) is null
        order by "position"
    loop
        execute format(
            'create table ops.%I as %s with no data',
            target.relation,
            ops.candle_query(target.relation, 'market.' || target.child)
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
        computed := ops.candle_query(
            target.relation,
            format(
                $sql$
                market.%I
                where %I >= (select watermark from ops.candle_watermarks where relation = %L)
                $sql$,
                target.child,
                case when target.child = target.kind then 'ts' else 'bucket' end,
                target.relation
            )
        );
        execute format(
            $sql$
            create view market.%1$I as
            select *
            from ops.%1$I
            where bucket < (select watermark from ops.candle_watermarks where relation = %1$L)
            union all
            %2$s
            $sql$,
            target.relation, computed
        );
        perform ops.describe_candles(target.relation);
        insert into ops.candle_watermarks (relation) values (target.relation);
        insert into ops.retention_floors (relation) values (target.relation) on conflict do nothing;
    end loop;
end $do$;
