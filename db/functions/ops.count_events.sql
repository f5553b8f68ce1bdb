create or replace function ops.count_events(
    kind text, symbol text, source text, since timestamptz, until timestamptz
) returns bigint
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    stored bigint;
begin
    if kind = 'trade' then
        select count(*) into stored from market.trades as event
        where event.symbol = $2 and event.source = $3 and event.ts >= $4 and event.ts < $5;
    else
        select count(*) into stored from market.quotes as event
        where event.symbol = $2 and event.source = $3 and event.ts >= $4 and event.ts < $5;
    end if;
    return stored + (
        select count(*) from ops.dead_identities as dead
        where dead.kind = $1 and dead.symbol = $2 and dead.source = $3
            and dead.ts >= $4 and dead.ts < $5 and not dead.renamed
    );
end $$;

comment on function ops.count_events is
'How many events of a series have been stored, cancelled ones included; since <= ts < until.';

revoke execute on function ops.count_events from public;
grant execute on function ops.count_events to stockpulse_loader;
