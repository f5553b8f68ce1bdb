create or replace function ops.is_stored(
    ts timestamptz, symbol text, source text, tick_id text
) returns boolean
language plpgsql stable
security definer
set search_path = pg_catalog
-- a plan with the actual time reads one chunk, and one segment of the columnstore
set plan_cache_mode = force_custom_plan
as $$
begin
    return exists (
        select from market.ticks as tick
        where tick.symbol = $2 and tick.ts = $1 and tick.source = $3 and tick.tick_id = $4
    );
end $$;

comment on function ops.is_stored is
'Whether market.ticks has a tick; for the loader, which may not read the table.';

revoke execute on function ops.is_stored from public;
grant execute on function ops.is_stored to stockpulse_loader;
