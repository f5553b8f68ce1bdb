create or replace function market.candles(
    symbol text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null,
    fill text default 'none',
    price text default null,
    adjustment text default 'raw',
    vendor boolean default true
) returns setof market.candle
language plpgsql stable parallel safe
as $$
declare
    series constant text := coalesce(lower(source), market.default_source(symbol));
    -- one look into an index for a symbol without bars of vendors
    has_vendors constant boolean := vendor and coalesce(price, 'trade') = 'trade'
        and exists (select from market.vendor_series(symbol, lower(source)));
begin
    perform market.check_choice('fill', fill, array['none', 'null', 'previous']);
    perform market.check_choice(
        'price', coalesce(price, 'trade'), array['trade', 'mid', 'bid', 'ask']
    );
    perform market.check_choice('adjustment', adjustment, array['raw', 'split']);
    perform market.timeframe_of(timeframe);
    if series is null and not has_vendors then
        return;
    end if;
    if fill <> 'none' then
        return query
        select * from market.filled_candles(
            symbol, timeframe, since, until, series, fill,
            coalesce(price, market.default_price(symbol, series)), adjustment,
            has_vendors, lower(source)
        );
        return;
    end if;
    if has_vendors then
        return query
        select * from market.shown_candles(
            symbol, timeframe, since, until, series,
            coalesce(price, market.default_price(symbol, series)), adjustment, lower(source)
        );
        return;
    end if;
    return query
    select * from market.read_candles(
        symbol, timeframe, since, until, series, coalesce(price, 'trade'), adjustment
    );
    -- whether the series has trades at all is looked up only if it has none here
    if not found and price is null and market.default_price(symbol, series) <> 'trade' then
        return query
        select * from market.read_candles(
            symbol, timeframe, since, until, series, 'mid', adjustment
        );
    end if;
end $$;

comment on function market.candles is
'Candles of a series, oldest first, since <= bucket < until. timeframe: see market.timeframe_of().
source: by default that of market.default_source(). fill adds buckets without events: `null` leaves
their prices null, `previous` repeats the previous close. price: trade, mid, bid or ask, by default
trade, but mid for a series that has quotes alone; volume is then null or the sum of that side''s
sizes. adjustment: raw, or split, which divides prices and multiplies volumes by later splits.
A renamed instrument is read under each of its names. vendor: whether a bucket of trades that has no
candle shows the bar of a vendor, if there is one, with its name in the column of that name; where a
source is named, only bars of that vendor.';

revoke execute on function market.candles from public;
grant execute on function market.candles to stockpulse_reader;
