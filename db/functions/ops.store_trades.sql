create or replace function ops.store_trades(refill boolean)
returns table (rows bigint, messages bigint, fresh integer [])
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select stored.rows, stored.messages, stored.fresh from ops.store_staged('trade', refill, false) as stored
$$;

comment on function ops.store_trades is
'Moves staging_trades to market.trades, without duplicates and cancelled ones; refill: a backfill.';

revoke execute on function ops.store_trades from public;
grant execute on function ops.store_trades to stockpulse_loader;
