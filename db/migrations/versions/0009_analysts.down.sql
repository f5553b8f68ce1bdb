-- Loses the sessions, which `stockpulse calendars` brings back, and the instruments' calendars.
drop procedure ops.add_analyst(text, integer, text, text);
drop function market.session_candles(text, date, date, text, text);
drop function market.calendar_of(text, text);
alter table market.instruments drop column calendar;
drop table market.sessions;
drop function market.movers(interval, integer, timestamptz);
drop function market.spread(text, text, timestamptz, timestamptz, text);
drop function market.twap(text, timestamptz, timestamptz, text);
drop function market.vwap(text, timestamptz, timestamptz, text);
drop function market.returns(text, text, timestamptz, timestamptz, text);
drop function market.candles(text, text, timestamptz, timestamptz, text, text);
drop function market.last_candle(text, text, timestamptz, text);
drop function market.filled_candles(text, text, timestamptz, timestamptz, text, text);
drop function market.check_fill(text);
drop function market.first_bucket(text, timestamptz);
drop function market.width_of(text);
