-- Apart from the other columns: an update that sets a column of the identity opens the columnstore
-- for every series of that time.
create or replace function ops.rename_event(
    wanted ops.amendments, old_ts timestamptz, old_tick_id text, new_tick_id text
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan -- a plan that knows the time opens one chunk
as $$
begin
    if wanted.kind = 'trade' then
        update market.trades as event
        set tick_id = $4
        where event.symbol = wanted.symbol and event.ts = old_ts
            and event.source = wanted.source and event.tick_id = old_tick_id;
    else
        update market.quotes as event
        set tick_id = $4
        where event.symbol = wanted.symbol and event.ts = old_ts
            and event.source = wanted.source and event.tick_id = old_tick_id;
    end if;
end $$;

comment on function ops.rename_event is
'Gives an event another id.';
