-- Parameters: $1 symbols, $2 source, $3 and $4 the stretch, $5 to $8 the position (ts, ns, seq,
-- tick_id), $9 limit, $10 offset, $11 the symbol asked for, $12 to $15 the window to nanoseconds.
-- ts alone bounds the stretch: it opens the chunks, the index and the columnstore's segments. The
-- terms of the position are joined with `or`, since a comparison of rows is not pushed down.
create or replace function market.event_query(
    kind text, many_symbols boolean, newest_first boolean, has_position boolean, with_ties boolean,
    has_ns boolean
) returns text
language sql immutable parallel safe
as $function$
    select format(
        $sql$
            select $11, events.source, ts, ns, seq, tick_id, %1$s,
                exchange, tape, conditions, received_at
            from market.%2$I as events
            where events.symbol = %3$s and events.source = $2 and ts >= $3 and ts < $4 %4$s %8$s
            order by ts %5$s, ns %5$s, seq %5$s, tick_id %5$s nulls %6$s, %7$s,
                exchange %5$s, tape %5$s, conditions %5$s, received_at %5$s, events.symbol %5$s
            limit $9 offset $10
        $sql$,
        measures,
        kind,
        case when many_symbols then 'any ($1)' else '$1[1]' end,
        case when has_position then format(
            $sql$
                and (
                    ts %1$s $5
                    or ts = $5 and ns %1$s $6
                    or ts = $5 and ns = $6 and seq %1$s $7
                    or ts = $5 and ns = $6 and seq = $7 and (tick_id %1$s $8 %2$s %3$s)
                )
            $sql$,
            case when newest_first then '<' else '>' end,
            case -- events without an id come first
                when newest_first then 'or tick_id is null and $8 is not null'
                else 'or tick_id is not null and $8 is null'
            end,
            case when with_ties then 'or tick_id is not distinct from $8' end
        ) end,
        case when newest_first then 'desc' end,
        case when newest_first then 'last' else 'first' end,
        (
            select string_agg(measure || case when newest_first then ' desc' else '' end, ',')
            from regexp_split_to_table(measures, ', ') as measure
        ),
        case when has_ns then 'and (ts > $12 or ns >= $13) and (ts < $14 or ns < $15)' end
    )
    from (
        select
            case kind
                when 'trades' then 'price, size, side'
                when 'quotes' then 'bid, ask, bid_size, ask_size'
            end as measures
    ) as columns
$function$;

comment on function market.event_query is
'The query of market.series_events() for a stretch of trades or quotes. Events that tie in ts, ns,
seq and tick_id are ordered by all else that is shown.';

revoke execute on function market.event_query from public;
grant execute on function market.event_query to stockpulse_reader;
