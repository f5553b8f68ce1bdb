create or replace function ops.candles_are_due() returns boolean
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select from ops.lifecycle where child is not null and not live and ops.is_behind(relation)
    )
$$;

comment on function ops.candles_are_due is
'Whether stored candles of any level are behind their events.';

revoke execute on function ops.candles_are_due from public;
grant execute on function ops.candles_are_due to stockpulse_loader;
