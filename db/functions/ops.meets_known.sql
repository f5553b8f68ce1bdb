-- What only staging finds: identities that are dead or wait, ranges with twins, waiting amendments.
create or replace function ops.meets_known(
    oldest timestamptz, newest timestamptz, symbols text []
) returns boolean
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select from ops.dead_identities as dead
        where dead.ts between oldest - interval '1 second' and newest + interval '1 second'
    )
    or exists (select from ops.late_events as late where late.ts between oldest and newest)
    or exists (
        select from ops.backfills as range
        where range.symbol = any(symbols) and range.since <= newest and range.until > oldest
    )
    or exists (
        select from ops.amendments as applied
        where applied.symbol = any(symbols) and applied.ts between oldest and newest
            and applied.action = 'correct' and applied.new_tick_id <> applied.applied_tick_id
    )
    or exists (
        select from ops.amendments as waiting
        where waiting.applied_at is null and waiting.symbol = any(symbols)
            and waiting.ts - interval '7 days' <= newest and waiting.ts + interval '1 day' >= oldest
    )
$$;

comment on function ops.meets_known is
'Whether events of a range must go through staging, as some may be known, amended or twins.';

revoke execute on function ops.meets_known from public;
grant execute on function ops.meets_known to stockpulse_loader;
