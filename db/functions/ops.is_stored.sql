create or replace function ops.is_stored(
    ts timestamptz, symbol text, source text, tick_id text
) returns boolean
language plpgsql stable
security definer
set search_path = pg_catalog
-- a plan that knows the time opens one chunk, and of the columnstore one segment
set plan_cache_mode = force_custom_plan
as $$
begin
    return exists (
        select from market.ticks as tick
        where tick.symbol = $2 and tick.ts = $1 and tick.source = $3 and tick.tick_id = $4
    );
end $$;

comment on function ops.is_stored is
'Whether market.ticks has a tick; for the loader, which may not look.';

revoke execute on function ops.is_stored from public;
grant execute on function ops.is_stored to stockpulse_loader;
