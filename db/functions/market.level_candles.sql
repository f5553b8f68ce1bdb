-- As the views of a level, but planned with the values at hand and with watermarks of the caller's
-- snapshot: no chunk is opened that is not needed, and no candle is missed while a watermark moves.
do $do$
declare
    target record;
begin
    for target in
        select
            lowest.kind,
            lowest.relation as row_type,
            replace(lowest.relation, '_' || lowest.level, '') as name,
            string_agg(
                format('when %L then %L', part.level, ops.chain_of(part.relation)), ' '
                order by part."position"
            ) as chains,
            string_agg(
                format('when %L then %L', part.level, part.width), ' ' order by part."position"
            ) as widths,
            max(part.relation) filter (where part.live) as live
        from ops.lifecycle as lowest
        inner join ops.lifecycle as part on lowest.kind = part.kind and part.child is not null
        where lowest.child = lowest.kind and not lowest.live
        group by lowest.relation
    loop
        execute format(
            $create$
create or replace function market.%1$I(
    level text, symbol text, source text, since timestamptz, until timestamptz
) returns setof market.%2$I
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, public
as $function$
declare
    chain constant text [] := case level %3$s end;
    width constant interval := case level %4$s end;
    span constant text := ' where symbol = $1 and source = any(array[$2])'
        ' and %%1$s >= ($3::timestamptz [])[%%2$s] and %%1$s < ($4::timestamptz [])[%%2$s]';
    last_end constant timestamptz := ops.next_bucket(width, until);
    start_at timestamptz := ops.next_bucket(width, since);
    sinces timestamptz [];
    untils timestamptz [];
    query text;
    pieces text [];
    part record;
begin
    for part in
        select marks.relation, marks.first_stored, marks.watermark
        from unnest(chain) with ordinality as parts (relation, depth)
        inner join ops.watermarks as marks on parts.relation = marks.relation
        order by parts.depth
    loop
        if start_at < part.first_stored and part.relation = chain[1] then
            sinces := sinces || start_at;
            start_at := least(last_end, part.first_stored);
            untils := untils || start_at;
            pieces := pieces || ops.candle_query(
                %5$L, %6$L || format(span, 'ts', cardinality(sinces))
            );
        end if;
        if start_at >= part.first_stored and start_at < least(last_end, part.watermark) then
            sinces := sinces || start_at;
            start_at := least(last_end, part.watermark);
            untils := untils || start_at;
            if part.relation = chain[1] then
                query := format('select * from ops.%%I', part.relation)
                    || format(span, 'bucket', cardinality(sinces));
            else
                pieces := pieces || (
                    format('select * from ops.%%I', part.relation)
                    || format(span, 'bucket', cardinality(sinces))
                );
            end if;
        end if;
    end loop;
    if start_at < last_end then
        sinces := sinces || start_at;
        untils := untils || last_end;
        pieces := pieces || ops.candle_query(
            %5$L, %6$L || format(span, 'ts', cardinality(sinces))
        );
    end if;
    if query is null and pieces is null then
        return;
    end if;
    if pieces is not null then
        query := concat_ws(' union all ', query, format(
            'select public.time_bucket(%%L::interval, bucket) as bucket, symbol, source, %%s'
            ' from (%%s) as pieces group by 1, 2, 3',
            width, %7$L, array_to_string(pieces, ' union all ')
        ));
    end if;
    return query execute query using symbol, source, sinces, untils;
end $function$
            $create$,
            case target.kind when 'trades' then 'trade_candles' else 'quote_candles' end,
            target.row_type, target.chains, target.widths, target.live, 'market.' || target.kind,
            ops.candle_columns(target.kind, false)
        );
    end loop;
end $do$;

comment on function market.trade_candles is
'The candles of trades of one stored level and series, since <= bucket < until, in any order.';
comment on function market.quote_candles is
'The candles of quotes of one stored level and series, since <= bucket < until, in any order.';

revoke execute on function market.trade_candles from public;
revoke execute on function market.quote_candles from public;
grant execute on function market.trade_candles to stockpulse_reader;
grant execute on function market.quote_candles to stockpulse_reader;
