create or replace function market.built_bars(
    symbol text,
    source text,
    timeframe text,
    since timestamptz,
    until timestamptz,
    max_bars integer,
    newest_first boolean,
    price text,
    adjustment text
) returns setof market.candle
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    frame record;
    -- As in market.series_bars(); a century is enough for anyone.
    stretch_width interval;
    origin constant timestamptz := '2000-01-03 00:00+00';
    stretch record;
    missing integer := max_bars;
    found_bars integer;
begin
    frame := market.timeframe_of(timeframe);
    stretch_width := interval '24 hours' * least(36500, ceil(
        case when max_bars < 1 then 1 else max_bars end
        * extract(epoch from frame.width) / 86400
    ));
    for stretch in
        select
            greatest($4, first_day) as since,
            least($5, first_day + stretch_width) as until
        from (
            -- A candle belongs to the stretch in which it starts, wherever its trading days are.
            select date_bin(
                stretch_width, market.bucket_of(day, frame.width, frame.months), origin
            ) as first_day
            from market.segments_of($1) as segment
            cross join market.days_of(
                case price when 'trade' then 'trades' else 'quotes' end,
                segment.symbol, $2,
                greatest($4, segment.since), least($5 + frame.width, segment.until)
            ) as day
            group by 1
        ) as stretches
        order by case when newest_first then first_day end desc, first_day
    loop
        continue when stretch.since >= stretch.until;
        return query
        select candles.*
        from market.read_candles(
            $1, timeframe, stretch.since, stretch.until, $2, price, adjustment
        ) as candles
        where candles.open is not null
        order by case when newest_first then candles.bucket end desc, candles.bucket
        limit missing;
        get diagnostics found_bars = row_count;
        missing := missing - found_bars;
        exit when missing = 0;
    end loop;
end $$;

comment on function market.built_bars is
'What market.series_bars() returns where no stored level has it: a multiple of one, a renamed
instrument, prices adjusted for splits.';

revoke execute on function market.built_bars from public;
grant execute on function market.built_bars to stockpulse_reader;
