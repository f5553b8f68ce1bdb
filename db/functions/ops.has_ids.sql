-- Planned with the values at hand it opens the chunks of the range alone. Events that were
-- cancelled have come.
create or replace function ops.has_ids(
    symbol text, source text, first_id bigint, last_id bigint,
    since timestamptz, until timestamptz
) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    stored bigint;
    dead bigint;
begin
    select count(*) into stored
    from market.trades as event
    where event.symbol = $1 and event.source = $2 and event.ts between $5 and $6
        and case when event.tick_id ~ '^[0-9]{1,18}$' then event.tick_id::bigint end
        between first_id and last_id;
    select count(*) into dead
    from ops.dead_identities as event
    where event.kind = 'trade' and event.symbol = $1 and event.source = $2
        and event.ts between $5 and $6 and not event.renamed
        and case when event.tick_id ~ '^[0-9]{1,18}$' then event.tick_id::bigint end
        between first_id and last_id;
    return stored + dead > last_id - first_id;
end $$;

comment on function ops.has_ids is
'Whether all trades of a series with ids from first to last, both numbers, have been stored.';
