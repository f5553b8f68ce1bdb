create or replace function ops.delete_event(
    kind text, symbol text, source text, ts timestamptz, tick_id text
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan -- a plan that knows the time opens one chunk
as $$
declare
    old jsonb;
begin
    if kind = 'trade' then
        delete from market.trades as event
        where event.symbol = $2 and event.source = $3 and event.ts = $4 and event.tick_id = $5
        returning to_jsonb(event) into old;
    else
        delete from market.quotes as event
        where event.symbol = $2 and event.source = $3 and event.ts = $4 and event.tick_id = $5
        returning to_jsonb(event) into old;
    end if;
    if old is not null then
        perform ops.log_change(kind, symbol, ts);
        perform ops.log_event(kind, old);
    end if;
end $$;

comment on function ops.delete_event is
'Deletes the event of an identity, if there is one.';
