-- Not in SQL: it calls what calls it, and shall be planned with the values at hand.
create or replace function market.filled_candles(
    symbol text, timeframe text, since timestamptz, until timestamptz, source text, fill text
) returns setof market.candles_1m
language plpgsql stable parallel safe
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    width constant interval := market.width_of($2);
    first_bucket constant timestamptz := market.first_bucket($2, $3);
    series constant text := coalesce($5, market.default_source($1));
    -- no candle is made up for a bucket that is still to come
    last_end constant timestamptz := case when isfinite($4) then least($4, now()) end;
    nothing constant numeric := case $6 when 'previous' then 0 end;
begin
    if series is null then
        return;
    end if;
    return query
    with known as ( -- each with the empty buckets after it, the first row without one of its own
        select
            first_bucket - width as bucket,
            null::numeric as open, null::numeric as high, null::numeric as low,
            (
                select close from market.last_candle($1, $2, first_bucket, series)
                where $6 = 'previous'
            ) as close,
            null::numeric as volume, null::numeric as notional, null::numeric as vwap,
            null::bigint as tick_count
        where isfinite($3)
        union all
        select bucket, open, high, low, close, volume, notional, vwap, tick_count
        from market.candles($1, $2, $3, $4, series)
    ),
    spans as (
        select
            known.*,
            case $6 when 'previous' then close end as filler,
            lead(bucket, 1, greatest(bucket + interval '1 microsecond', last_end))
                over (order by bucket) as next_bucket
        from known
    )
    select
        slot, $1, series,
        case slot when bucket then open else filler end,
        case slot when bucket then high else filler end,
        case slot when bucket then low else filler end,
        case slot when bucket then close else filler end,
        case slot when bucket then volume else nothing end,
        case slot when bucket then notional else nothing end,
        case slot when bucket then vwap end,
        case slot when bucket then tick_count else 0 end
    from spans
    cross join lateral generate_series(
        bucket, next_bucket - interval '1 microsecond', width
    ) as slot
    where slot >= $3 and (slot = bucket or slot <= now())
    order by slot;
end $$;

comment on function market.filled_candles is
'What market.candles() answers when told to fill.';

revoke execute on function market.filled_candles from public;
grant execute on function market.filled_candles to stockpulse_reader;
