create or replace function ops.identities(
    kind text, symbol text, source text, tick_ids text [], since timestamptz, until timestamptz
) returns table (ts timestamptz, tick_id text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan -- a plan that knows the times opens only their chunks
as $$
begin
    if kind = 'trade' then
        return query
        select event.ts, event.tick_id from market.trades as event
        where event.symbol = $2 and event.source = $3 and event.ts between $5 and $6
            and event.tick_id = any($4);
    else
        return query
        select event.ts, event.tick_id from market.quotes as event
        where event.symbol = $2 and event.source = $3 and event.ts between $5 and $6
            and event.tick_id = any($4);
    end if;
end $$;

comment on function ops.identities is
'The events of a series with one of the ids; since <= ts <= until.';
