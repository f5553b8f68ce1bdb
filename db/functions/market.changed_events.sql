create or replace function market.changed_events(
    after bigint, until bigint, kind text, symbols text [] default null
) returns setof market.event_change
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select event.*
    from ops.changes as changes
    cross join lateral ops.events_of_change(changes.number, changes.change, $3, $4) as event
    where changes.number > $1 and changes.number <= $2
        and market.check_choice('kind', $3, array['trade', 'quote']) is not null
    order by
        event.number, event.ts, event.action <> 'cancelled', event.ns, event.seq,
        event.tick_id nulls first, event.action = 'corrected', event.symbol, event.source
$$;

comment on function market.changed_events is
'The trades or quotes that the changes after < number <= until touched, in the order of the changes
and of one by ts, ns, seq and tick_id: as they are now, not as they were then. Symbols null: all.';

revoke execute on function market.changed_events from public;
grant execute on function market.changed_events to stockpulse_reader;
