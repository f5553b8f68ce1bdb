-- Not in SQL: planned with the values at hand it reads the chunks in its range alone.
create or replace function market.vwap(
    symbol text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null
) returns numeric
language plpgsql stable parallel safe
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    series constant text := coalesce($4, market.default_source($1));
    first_minute constant timestamptz := market.first_bucket('1m', $2);
    last_minute constant timestamptz := greatest(
        first_minute, date_bin('1 minute', $3, '2000-01-01 00:00+00')
    );
begin
    return (
        select sum(notional) / nullif(sum(volume), 0)
        from (
            select notional, volume
            from market.candles_1m as candles
            where candles.symbol = $1 and source = series
                and bucket >= first_minute and bucket < last_minute
            union all
            select price * size, size
            from market.ticks
            where ticks.symbol = $1 and source = series
                and ts >= $2 and ts < least(first_minute, $3)
            union all
            select price * size, size
            from market.ticks
            where ticks.symbol = $1 and source = series
                and ts >= last_minute and ts < $3
        ) as parts
    );
end $$;

comment on function market.vwap is
'Volume-weighted average price, since <= ts < until: whole minutes from candles_1m, the rest from
ticks; null where no tick has a size.';

revoke execute on function market.vwap from public;
grant execute on function market.vwap to stockpulse_reader;
