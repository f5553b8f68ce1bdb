create or replace function ops.is_stored(
    kind text, ts timestamptz, symbol text, source text, tick_id text
) returns boolean
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select exists (select from ops.identities($1, $3, $4, array[$5], $2, $2))
    or exists (
        select from ops.dead_identities as dead
        where dead.kind = $1 and dead.ts = $2 and dead.symbol = $3 and dead.source = $4
            and dead.tick_id = $5
    )
$$;

comment on function ops.is_stored is
'Whether an event is stored, or was and is dead; for the loader, which cannot read events.';

revoke execute on function ops.is_stored from public;
grant execute on function ops.is_stored to stockpulse_loader;
