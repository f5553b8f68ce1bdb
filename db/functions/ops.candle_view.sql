-- Stored candles as far as there are, after them those of narrower levels, each as far as it is
-- stored, and the events after them all: in one aggregate, which costs less to plan than one in
-- another.
create or replace function ops.candle_view(relation text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    target ops.lifecycle;
    part text;
    bound text;
    after text := '';
    stored text;
    pieces text := '';
begin
    select * into target from ops.lifecycle where lifecycle.relation = $1;
    if target.live then
        bound := format(
            '(select floor_ts from ops.retention_floors where relation = %L)', target.relation
        );
        return format(
            'select * from ops.%I where bucket >= %s and bucket < %s union all %s union all %s',
            target.relation, bound, ops.watermark_of(target.relation),
            ops.candle_query(target.relation, format(
                'market.%I where ts >= %s', target.kind, ops.watermark_of(target.relation)
            )),
            ops.candle_query(target.relation, format(
                'market.%I where ts < %s and ts < %s',
                target.kind, bound, ops.watermark_of(target.relation)
            ))
        );
    end if;
    foreach part in array ops.chain_of(target.relation) loop
        bound := ops.watermark_of(part);
        if part = target.relation then
            stored := format('select * from ops.%I where bucket < %s', part, bound);
        else
            pieces := pieces || format(
                'select * from ops.%I where bucket < %s%s union all ', part, bound, after
            );
        end if;
        after := after || format(' and bucket >= %s', bound);
    end loop;
    return format(
        'select * from (%s) as stored union all'
        ' select time_bucket(%L::interval, bucket) as bucket, symbol, source, %s'
        ' from (%s %s) as pieces group by 1, 2, 3',
        stored, target.width, ops.candle_columns(target.kind, false), pieces,
        ops.candle_query(part, format(
            'market.%I where true%s', target.kind, replace(after, 'bucket', 'ts')
        ))
    );
end $$;

comment on function ops.candle_view is
'The query of the view of a relation of candles: those that are stored, and the newest computed.';
