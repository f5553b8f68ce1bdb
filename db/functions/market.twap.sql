create or replace function market.twap(
    symbol text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null,
    price text default null,
    adjustment text default 'raw'
) returns numeric
language sql stable parallel safe
as $$
    select avg(close) from market.candles($1, '1m', $2, $3, $4, 'previous', $5, $6, false)
$$;

comment on function market.twap is
'Time-weighted average price: the mean of the closes of every minute, since <= minute < until, a
minute without a price counting at the close before it.';

revoke execute on function market.twap from public;
grant execute on function market.twap to stockpulse_reader;
