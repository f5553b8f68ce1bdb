create or replace function ops.store_quotes(refill boolean)
returns table (rows bigint, messages bigint, fresh integer [])
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select stored.rows, stored.messages, stored.fresh from ops.store_staged('quote', refill, false) as stored
$$;

comment on function ops.store_quotes is
'Moves staging_quotes to market.quotes, without duplicates and cancelled ones; refill: a backfill.';

revoke execute on function ops.store_quotes from public;
grant execute on function ops.store_quotes to stockpulse_loader;
