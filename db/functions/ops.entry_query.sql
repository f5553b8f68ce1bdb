-- Times are literals, so that other chunks are not even opened. Events without an id that are equal
-- in all else that the log has are found together.
create or replace function ops.entry_query(
    kind text, since timestamptz, until timestamptz
) returns text
language sql stable
set search_path = pg_catalog
as $function$
    select format(
        $sql$
        select
            $1,
            case when event.ts is null then 'cancelled' else entry.action end,
            entry.symbol, entry.source,
            coalesce(event.ts, entry.old_ts),
            coalesce(event.ns, past.ns), coalesce(event.seq, past.seq),
            case when event.ts is null then entry.old_tick_id else event.tick_id end,
            %1$s,
            shown.exchange, shown.tape, shown.conditions, shown.received_at,
            entry.old_ts, entry.old_tick_id, entry.old
        from (
            select * from ops.changed_events
            where change = $2 and kind = %2$L and action <> 'new'
                and ($3 is null or symbol = any($3))
            union all
            select distinct * from ops.changed_events
            where change = $2 and kind = %2$L and action = 'new'
                and ($3 is null or symbol = any($3))
        ) as entry
        left join lateral (
            select * from market.%3$I as stored
            where stored.symbol = entry.symbol and stored.ts = entry.ts
                and stored.source = entry.source
                and stored.tick_id is not distinct from entry.tick_id
                and (entry.tick_id is not null or stored.batch = entry.batch)
                and stored.ts between %4$L and %5$L
                and entry.action <> 'cancelled'
            offset 0
        ) as event on true
        cross join lateral jsonb_populate_record(null::market.%3$I, entry.old) as past
        cross join lateral (
            select (case when event.ts is null then past else event end).*
        ) as shown
        where event.ts is not null or entry.old_ts is not null
        $sql$,
        ops.measures_of(kind, 'shown'), kind, kind || 's', since, until
    )
$function$;

comment on function ops.entry_query is
'The query for the logged events of a change: $1 the number, $2 the change, $3 symbols or null.';

revoke execute on function ops.entry_query from public;
