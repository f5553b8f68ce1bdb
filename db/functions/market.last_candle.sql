-- Sorting all candles to find the newest would read them all: those of 1d say where to begin, at
-- the last day but one, since all of the last may come after `before`. Their source is no
-- condition: with that the Apache-2 edition would look into every chunk of ticks.
create or replace function market.last_candle(
    symbol text, timeframe text, before timestamptz default 'infinity', source text default null
) returns setof market.candles_1m
language plpgsql stable parallel safe
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    series constant text := coalesce($4, market.default_source($1));
    days timestamptz [];
begin
    if before = '-infinity' then
        return; -- which TimescaleDB would try to round
    end if;
    days := (
        select array_agg(bucket order by bucket desc) filter (where candles.source = series)
        from market.candles_1d as candles
        where candles.symbol = $1 and bucket < $3
    );
    return query
    select *
    from market.candles($1, $2, coalesce(days[2], days[1], '-infinity'), $3, series)
    order by bucket desc
    limit 1;
end $$;

comment on function market.last_candle is
'The newest candle of a series whose bucket starts before a time; no row where there is none.';

revoke execute on function market.last_candle from public;
grant execute on function market.last_candle to stockpulse_reader;
