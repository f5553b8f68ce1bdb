create or replace function market.filled_candles(
    symbol text,
    timeframe text,
    since timestamptz,
    until timestamptz,
    source text,
    fill text,
    price text,
    adjustment text,
    has_vendors boolean default false,
    vendor text default null
) returns setof market.candle
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    frame record;
    first_bucket timestamptz;
    -- no candle is made up for a bucket that is still to come
    last_end constant timestamptz := case when isfinite($4) then least($4, now()) end;
    no_volume constant numeric := case when $6 = 'previous' and $7 <> 'mid' then 0 end;
    no_notional constant numeric := case when $6 = 'previous' and $7 = 'trade' then 0 end;
begin
    frame := market.timeframe_of($2);
    first_bucket := market.first_bucket($3, frame.width, frame.months);
    return query
    with known as ( -- and before them a row that holds the close of before
        select
            (first_bucket at time zone 'UTC' - frame.width) at time zone 'UTC' as bucket,
            null::numeric as open,
            null::numeric as high,
            null::numeric as low,
            (
                select close
                from market.last_candle($1, $2, first_bucket, $5, $7, $8)
                where $6 = 'previous' and not $9
                union all
                select close
                from market.bars_with_vendors(
                    $1, $5, $2, '-infinity', first_bucket, 1, true, $7, $8, $10
                )
                where $6 = 'previous' and $9
            ) as close,
            null::numeric as volume,
            null::numeric as vwap_volume,
            null::numeric as notional,
            null::numeric as vwap,
            null::bigint as tick_count,
            null::numeric as mean_spread,
            null::text as vendor
        where isfinite($3)
        union all
        select
            bucket, open, high, low, close,
            volume, vwap_volume, notional, vwap, tick_count, mean_spread, vendor
        from market.read_candles($1, $2, $3, $4, $5, $7, $8)
        where not $9
        union all
        select
            bucket, open, high, low, close,
            volume, vwap_volume, notional, vwap, tick_count, mean_spread, vendor
        from market.shown_candles($1, $2, $3, $4, $5, $7, $8, $10)
        where $9
    ),
    spans as ( -- each with the empty buckets after it; a part begins with a row that has a price
        select
            known.*,
            count(close) over (order by bucket) as part,
            lead(bucket, 1, greatest(bucket + interval '1 microsecond', last_end))
                over (order by bucket) as next_bucket
        from known
    ),
    carried as (
        select
            spans.*,
            case $6 when 'previous' then max(close) over (partition by part) end as filler
        from spans
    )
    select
        slot,
        $1,
        $5,
        coalesce(case slot when bucket then open end, filler),
        coalesce(case slot when bucket then high end, filler),
        coalesce(case slot when bucket then low end, filler),
        coalesce(case slot when bucket then close end, filler),
        case slot when bucket then volume else no_volume end,
        case slot when bucket then vwap_volume else no_notional end,
        case slot when bucket then notional else no_notional end,
        case slot when bucket then vwap end,
        case slot when bucket then tick_count else 0 end,
        case slot when bucket then mean_spread end,
        case slot when bucket then carried.vendor end
    from carried
    cross join lateral generate_series(
        bucket, next_bucket - interval '1 microsecond', frame.width, 'UTC'
    ) as slot
    where slot >= $3 and (slot = bucket or slot <= now())
    order by slot;
end $$;

comment on function market.filled_candles is
'The candles of market.candles() with rows for the buckets that have none; a candle without a price
gets that of before as well.';

revoke execute on function market.filled_candles from public;
grant execute on function market.filled_candles to stockpulse_reader;
