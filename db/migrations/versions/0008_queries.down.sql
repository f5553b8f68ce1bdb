drop function market.pending();
drop function market.movers(interval, integer, timestamptz, text);
drop function market.spread(text, text, timestamptz, timestamptz, text);
drop function market.twap(text, timestamptz, timestamptz, text, text, text);
drop function market.vwap(text, timestamptz, timestamptz, text, text);
drop function market.returns(text, text, timestamptz, timestamptz, text, text, text);
drop function market.filled_candles(
    text, text, timestamptz, timestamptz, text, text, text, text, boolean, text
);
drop function market.last_candle(text, text, timestamptz, text, text, text);
drop function market.candles(
    text, text, timestamptz, timestamptz, text, text, text, text, boolean
);
drop function market.shown_candles;
drop function market.vendor_candles;
drop function market.vendor_series(text, text);
drop function market.default_price(text, text);
drop function market.last_day(text, timestamptz, text, text);
drop function market.default_source(text);
drop function market.newest_source(text, timestamptz, timestamptz);
drop function market.read_candles(text, text, timestamptz, timestamptz, text, text, text);
drop function market.event_reads(text, timestamptz, timestamptz, text, text);
drop function market.candle_reads(text, text, interval, timestamptz, timestamptz, text, text);
drop function market.read_query(text, text, integer, boolean);
drop function market.level_columns(text);
drop function market.merged_columns();
drop function market.event_columns(text, text);
drop function market.days_of(text, text, text, timestamptz, timestamptz);
drop function market.quote_candles(text, text, text, timestamptz, timestamptz);
drop function market.trade_candles(text, text, text, timestamptz, timestamptz);
drop function ops.level_query(text, text, timestamptz, timestamptz, boolean);
drop function market.reads_of(text, text, interval, timestamptz, timestamptz, text);
drop function market.stretches_of(interval, timestamptz, timestamptz);
drop function market.pieces_of(text, timestamptz, timestamptz, text);
drop function market.segments_of(text);
drop function market.instrument_of(text);
drop function market.first_bucket(timestamptz, interval, integer);
drop function market.bucket_of(timestamptz, interval, integer);
drop function market.timeframe_of(text);
drop function market.levels_within(interval);
drop function market.check_choice(text, text, text []);
drop type market.bucket_spread;
drop type market.candle;
