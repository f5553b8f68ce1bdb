-- Times are literals, so that other chunks are not even opened. Events without an id that are equal
-- in all else that the log has are found together. In place of an event that is gone stands what it
-- was before the change, if there was something.
create or replace function ops.entry_query(
    kind text, since timestamptz, until timestamptz
) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $function$
    select format(
        $sql$
        select
            $1, case when found.event is null then 'cancelled' else entry.action end,
            entry.symbol, entry.source,
            (shown.event).ts, (shown.event).ns, (shown.event).seq, (shown.event).tick_id, %1$s,
            (shown.event).exchange, (shown.event).tape, (shown.event).conditions,
            (shown.event).received_at, entry.old_ts, entry.old_tick_id, entry.old
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
            select event from market.%3$I as event
            where event.symbol = entry.symbol and event.ts = entry.ts
                and event.source = entry.source
                and event.tick_id is not distinct from entry.tick_id
                and (entry.tick_id is not null or event.batch = entry.batch)
                and event.ts between %4$L and %5$L
                and entry.action <> 'cancelled'
            offset 0
        ) as found on true
        cross join lateral (
            select coalesce(
                found.event, jsonb_populate_record(null::market.%3$I, entry.old)
            ) as event
            offset 0
        ) as shown
        where (shown.event).ts is not null
        $sql$,
        ops.measures_of(kind, '(shown.event)'), kind, kind || 's', since, until
    )
$function$;

comment on function ops.entry_query is
'The query for the logged events of a change: $1 the number, $2 the change, $3 symbols or null.';

revoke execute on function ops.entry_query from public;
