-- Loses the sessions, which `stockpulse calendars` brings back.
drop procedure ops.add_analyst(text, integer, text, text);
drop function market.gaps(text, text, timestamptz, timestamptz, text);
drop function market.coverage(text, text, timestamptz, timestamptz, text, text);
drop function market.feed(text, text, text, timestamptz, timestamptz);
drop function market.event_times(text, text, interval, text, text, timestamptz, timestamptz);
drop function market.touched_buckets(tstzmultirange, interval, integer);
drop function market.whole_buckets(tstzmultirange, interval, integer);
drop function market.closed_times(text, text, timestamptz, timestamptz);
drop type market.gap;
drop type market.stretch;
drop function market.session_candles(text, date, date, text, text, text, text);
drop function market.sessions_of_candles(text, date, date, text, text, text, text);
drop function market.sessions_of_trades(text, date, date, text, text, text);
drop function market.has_day_rules(text);
drop function market.calendar_of(text, text, text);
drop function market.own_calendar(text, text);
drop type market.session_candle;
drop table market.sessions;
