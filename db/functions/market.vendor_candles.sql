-- Bars belong to the name and the terms at their end: a daily bar of the day of a split was traded
-- at the new terms, though it starts at midnight.
create or replace function market.vendor_candles(
    symbol text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    vendor text default null,
    adjustment text default 'raw',
    series text default null
) returns setof market.candle
language plpgsql stable parallel safe
-- What a piece holds is not known to the planner, which would rather read all bars.
set enable_seqscan = off
set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
    frame record;
begin
    perform market.check_choice('adjustment', adjustment, array['raw', 'split']);
    frame := market.timeframe_of($2);
    return query
    select distinct on (merged.start)
        merged.start,
        $1,
        $7,
        merged.open,
        merged.high,
        merged.low,
        merged.close,
        merged.volume,
        null::numeric,
        null::numeric,
        null::numeric,
        merged.trades,
        null::numeric,
        merged.vendor
    from (
        select
            market.bucket_of(bars.bucket, frame.width, frame.months) as start,
            found.vendor,
            found.width,
            (array_agg(terms.open order by bars.bucket))[1] as open,
            max(terms.high) as high,
            min(terms.low) as low,
            (array_agg(terms.close order by bars.bucket desc))[1] as close,
            sum(terms.volume) as volume,
            case when count(bars.trades) = count(*) then sum(bars.trades)::bigint end as trades
        from market.vendor_series($1, lower($5)) as found
        inner join market.pieces_of(
            $1,
            market.first_bucket($3, frame.width, frame.months),
            market.first_bucket($4, frame.width, frame.months),
            $6
        ) as piece on piece.symbol = found.name
        cross join lateral (
            select *
            from market.vendor_bars as stored
            where stored.symbol = found.name
                and stored.source = found.vendor
                and stored."interval" = found."interval"
                and stored.bucket >= piece.since - found.width
                and stored.bucket < piece.until
                and stored.bucket + found.width > piece.since
                and stored.bucket + found.width <= piece.until
            offset 0 -- read by piece, through the index
        ) as bars
        cross join lateral (
            select bars.open, bars.high, bars.low, bars.close, bars.volume
            where piece.numerator = piece.denominator
            union all
            select
                trim_scale(bars.open * piece.denominator / piece.numerator),
                trim_scale(bars.high * piece.denominator / piece.numerator),
                trim_scale(bars.low * piece.denominator / piece.numerator),
                trim_scale(bars.close * piece.denominator / piece.numerator),
                trim_scale(bars.volume * piece.numerator / piece.denominator)
            where piece.numerator <> piece.denominator
        ) as terms
        where extract(epoch from frame.width) % extract(epoch from found.width) = 0
        group by 1, 2, 3
    ) as merged
    order by merged.start, merged.vendor is distinct from $7, merged.vendor, merged.width desc;
end $$;

comment on function market.vendor_candles is
'Candles made of the bars in market.vendor_bars alone, oldest first: of each bucket those of the
widest interval that divides the timeframe, of the vendor that is named, else of all: the series, if
it is one, then the first by name. timeframe and adjustment as in market.candles(). `series` is what
the column source says.';

revoke execute on function market.vendor_candles from public;
grant execute on function market.vendor_candles to stockpulse_reader;
