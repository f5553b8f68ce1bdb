-- As the view of a level, but with watermarks of the caller's snapshot, and to be planned with the
-- values at hand: no chunk is opened that is not needed, and no candle is missed while a watermark
-- moves. The query takes $1 symbol, $2 source, $3 sinces, $4 untils; of many series $1 and $2 are
-- arrays.
create or replace function ops.level_query(
    kind text, level text, since timestamptz, until timestamptz, many boolean default false,
    out query text, out sinces timestamptz [], out untils timestamptz []
)
language plpgsql stable
set search_path = pg_catalog, public, pg_temp
as $$
declare
    span constant text := case
        when many then ' where symbol = any($1) and source = any($2)'
        else ' where symbol = $1 and source = any(array[$2])'
    end || ' and %1$s >= ($3::timestamptz [])[%2$s] and %1$s < ($4::timestamptz [])[%2$s]';
    target record;
    part record;
    start_at timestamptz;
    last_end timestamptz;
    piece text;
    pieces text [];
begin
    select lifecycle.relation, lifecycle.width, live.relation as live_relation into target
    from ops.lifecycle
    inner join ops.lifecycle as live on live.kind = lifecycle.kind and live.live
    where lifecycle.kind = $1 and lifecycle.level = $2;
    start_at := ops.next_bucket(target.width, $3);
    last_end := ops.next_bucket(target.width, $4);
    for part in
        select parts.depth, marks.relation, stretch.since, stretch.until, stretch.is_stored
        from unnest(ops.chain_of(target.relation)) with ordinality as parts (relation, depth)
        inner join ops.watermarks as marks on parts.relation = marks.relation
        cross join lateral (
            values
            -- seconds themselves are computed before the stored ones as well
            (
                '-infinity',
                case when parts.depth = 1 then marks.first_stored else '-infinity' end,
                false
            ),
            (marks.first_stored, marks.watermark, true)
        ) as stretch (since, until, is_stored)
        union all
        select null, null, '-infinity', 'infinity', false
        order by depth nulls last, is_stored
    loop
        continue when start_at < part.since or start_at >= least(last_end, part.until);
        sinces := sinces || start_at;
        start_at := least(last_end, part.until);
        untils := untils || start_at;
        if part.is_stored then
            piece := format('select * from ops.%I', part.relation)
                || format(span, 'bucket', cardinality(sinces));
        else
            piece := ops.candle_query(
                target.live_relation,
                format('market.%I', $1) || format(span, 'ts', cardinality(sinces))
            );
        end if;
        if part.relation = target.relation then
            query := concat_ws(' union all ', query, piece);
        else
            pieces := pieces || piece;
        end if;
    end loop;
    if pieces is not null then
        query := concat_ws(' union all ', query, format(
            'select time_bucket(%L::interval, bucket) as bucket, symbol, source, %s'
            ' from (%s) as pieces group by 1, 2, 3',
            target.width, ops.candle_columns($1, false), array_to_string(pieces, ' union all ')
        ));
    end if;
end $$;

comment on function ops.level_query is
'A query for the candles of one series and stored level in a range, and the ranges that it takes;
with `many` of all series of the symbols and sources.';
