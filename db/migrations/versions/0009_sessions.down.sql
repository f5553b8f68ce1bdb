-- Loses the sessions, which `stockpulse calendars` brings back.
drop procedure ops.add_analyst(text, integer, text, text);
drop function market.session_candles(text, date, date, text, text, text, text);
drop function market.sessions_of_candles(text, date, date, text, text, text, text);
drop function market.sessions_of_trades(text, date, date, text, text, text);
drop function market.has_day_rules(text);
drop function market.calendar_of(text, text, text);
drop type market.session_candle;
drop table market.sessions;
