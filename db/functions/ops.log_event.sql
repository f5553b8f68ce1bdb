create or replace function ops.log_event(
    kind text, old jsonb, new_ts timestamptz default null, new_tick_id text default null
) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    insert into ops.changed_events (
        change, kind, action, symbol, source, ts, tick_id, old_ts, old_tick_id, old
    )
    select
        ops.change_id(), $1, case when $3 is null then 'cancelled' else 'corrected' end,
        past.symbol, past.source, coalesce($3, past.ts),
        case when $3 is null then past.tick_id else $4 end,
        past.ts, past.tick_id, $2
    from jsonb_to_record($2) as past (symbol text, source text, ts timestamptz, tick_id text)
    where $2 is not null
$$;

comment on function ops.log_event is
'Logs that an event was corrected, and its time and id now, or cancelled if these are not given.';

revoke execute on function ops.log_event from public;
