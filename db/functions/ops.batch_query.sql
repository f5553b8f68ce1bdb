-- Times are literals, so that other chunks are not even opened.
create or replace function ops.batch_query(
    kind text, since timestamptz, until timestamptz
) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $function$
    select format(
        $sql$
        select
            $1, 'new', event.symbol, event.source, event.ts, event.ns, event.seq, event.tick_id,
            %1$s, event.exchange, event.tape, event.conditions, event.received_at,
            null::timestamptz, null::text, null::jsonb
        from market.%2$I as event
        where event.symbol = any($3) and event.ts >= %3$L and event.ts < %4$L
            and event.batch = $2
            and not exists (
                select from ops.changed_events as added
                where added.batch = event.batch and added.symbol = event.symbol
                    and added.ts = event.ts and added.source = event.source
                    and added.tick_id is not distinct from event.tick_id
                    and added.kind = %5$L
            )
        $sql$,
        ops.measures_of(kind, 'event'), kind || 's', since, until, kind
    )
$function$;

comment on function ops.batch_query is
'The query for the events of a batch in a range: $1 the number, $2 the batch, $3 the symbols.';

revoke execute on function ops.batch_query from public;
