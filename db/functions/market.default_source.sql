-- Not in SQL: a branch that is not needed shall not be planned either.
create or replace function market.default_source(symbol text) returns text
language plpgsql stable parallel safe
as $$
declare
    found_source text;
begin
    select primary_source into found_source
    from market.instruments where instruments.symbol = $1;
    if found_source is null then
        select source into found_source
        from market.ticks where ticks.symbol = $1 order by ts desc limit 1;
    end if;
    if found_source is null then
        -- its ticks are past their retention, its candles are not
        select source into found_source
        from market.candles_1d where candles_1d.symbol = $1 order by bucket desc limit 1;
    end if;
    return found_source;
end $$;

comment on function market.default_source is
'The source a query means that names none: primary_source, else that of the newest tick or candle.';

revoke execute on function market.default_source from public;
grant execute on function market.default_source to stockpulse_reader;
