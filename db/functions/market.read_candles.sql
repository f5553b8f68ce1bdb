-- Dynamic, so that it is planned with the values at hand: no level and no chunk is opened that is
-- not asked for.
create or replace function market.read_candles(
    asked text,
    timeframe text,
    start_at timestamptz,
    end_at timestamptz,
    source text,
    price text,
    adjustment text
) returns setof market.candle
language plpgsql stable parallel safe
as $$
declare
    frame record;
    reads record;
    query text;
begin
    frame := market.timeframe_of(timeframe);
    reads := market.candle_reads(
        asked, frame.level, frame.level_width,
        market.first_bucket(start_at, frame.width, frame.months),
        market.first_bucket(end_at, frame.width, frame.months),
        price, adjustment
    );
    if reads.query is null then
        return;
    end if;
    -- a candle of quotes has a price; one of trades may have nothing but volume
    if frame.width = frame.level_width and not reads.overlapping then
        query := format(
            'select start, $7, $2, open, high, low, close, volume, vwap_volume, notional,'
            ' notional / nullif(vwap_volume, 0), tick_count,'
            ' spread_sum / nullif(spread_count, 0), null::text'
            ' from (%s) as candles %s order by start',
            reads.query, case when price <> 'trade' then 'where high is not null' end
        );
    else
        query := format(
            'select market.bucket_of(start, $8, $9), $7, $2, %s, null::text'
            ' from (%s) as candles group by 1 %s order by 1',
            market.merged_columns(), reads.query,
            case when price <> 'trade' then 'having max(high) is not null' end
        );
    end if;
    return query execute query
        using reads.symbols, source, reads.sinces, reads.untils,
            reads.numerators, reads.denominators, asked, frame.width, frame.months;
end $$;

comment on function market.read_candles is
'The candles of market.candles() at one price, without filling.';

revoke execute on function market.read_candles from public;
grant execute on function market.read_candles to stockpulse_reader;
