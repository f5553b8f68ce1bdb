create or replace function ops.cancelled_identity(
    amendment ops.amendments, out ts timestamptz, out tick_id text
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select dead.ts, dead.tick_id
    from ops.dead_identities as dead
    where
        dead.kind = amendment.kind
        and dead.symbol = amendment.symbol
        and dead.source = amendment.source
        and dead.tick_id = any(ops.ids_of(amendment, amendment.tick_id || amendment.amends))
        and dead.ts >= amendment.ts - interval '7 days'
        and dead.ts <= amendment.ts + interval '1 day'
        and not dead.renamed
    order by greatest(dead.ts, amendment.ts) - least(dead.ts, amendment.ts), dead.ts, dead.tick_id
    limit 1
$$;

comment on function ops.cancelled_identity is
'The identity of an event that an amendment could mean and that was cancelled before; null: none.';
