-- A search for the newest of all candles would read them all: those of days say where to begin. On
-- the day they name, all trading may come after `before`; then it was on the day before that.
create or replace function market.last_candle(
    symbol text,
    timeframe text,
    before timestamptz default 'infinity',
    source text default null,
    price text default null,
    adjustment text default 'raw'
) returns setof market.candle
language plpgsql stable parallel safe
as $$
declare
    frame record;
    series text;
    price_read text;
    day timestamptz;
begin
    frame := market.timeframe_of(timeframe);
    perform market.check_choice(
        'price', coalesce(price, 'trade'), array['trade', 'mid', 'bid', 'ask']
    );
    perform market.check_choice('adjustment', adjustment, array['raw', 'split']);
    series := coalesce(lower(source), market.default_source(symbol));
    price_read := coalesce(price, market.default_price(symbol, series));
    day := market.first_bucket(before, frame.width, frame.months);
    loop
        day := market.last_day(symbol, day, series, price_read);
        exit when day is null;
        return query
        select candle.*
        from market.read_candles(
            symbol, timeframe, market.bucket_of(day, frame.width, frame.months), before,
            series, price_read, adjustment
        ) as candle
        where candle.close is not null
        order by candle.bucket desc
        limit 1;
        exit when found;
    end loop;
end $$;

comment on function market.last_candle is
'The newest candle of a series that has a price and starts before a time; no row if there is none.
The parameters are those of market.candles().';

revoke execute on function market.last_candle from public;
grant execute on function market.last_candle to stockpulse_reader;
