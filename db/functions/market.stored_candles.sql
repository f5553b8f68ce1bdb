-- Readers cannot read ops; this is what they get to see of it.
create or replace function market.stored_candles()
returns table (kind text, timeframe text, stored_until timestamptz)
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select
        lifecycle.kind,
        lifecycle.level,
        nullif(watermarks.watermark, '-infinity')
    from ops.lifecycle
    inner join ops.watermarks on lifecycle.relation = watermarks.relation
    where lifecycle.level is not null
    order by lifecycle."position"
$$;

comment on function market.stored_candles is
'The end of the stored candles, of trades and of quotes, by timeframe; null: none are stored. Newer
ones are made of their events when they are read.';

revoke execute on function market.stored_candles from public;
grant execute on function market.stored_candles to stockpulse_reader;
