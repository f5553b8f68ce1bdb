drop function market.candles(text, text, timestamptz, timestamptz, text);
drop function market.refuse_timeframe(text);
drop function market.default_source(text);
