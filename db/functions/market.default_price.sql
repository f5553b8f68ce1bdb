-- Most series have traded within days, which is found in less time than in the candles.
create or replace function market.default_price(symbol text, source text) returns text
language plpgsql stable parallel safe
-- planned with the values at hand it opens the chunks of the last days alone
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    recently constant timestamptz := now() - interval '168 hours';
begin
    if exists (
        select from market.trades
        where trades.symbol = $1 and trades.source = $2 and ts >= recently
    )
    or market.last_day($1, 'infinity', $2, 'trade') is not null
    or market.last_day($1, 'infinity', $2, 'mid') is null
    then
        return 'trade';
    end if;
    return 'mid';
end $$;

comment on function market.default_price is
'The price of candles if none is named: trade, or mid for a series that has quotes alone.';

revoke execute on function market.default_price from public;
grant execute on function market.default_price to stockpulse_reader;
