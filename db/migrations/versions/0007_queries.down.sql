drop function market.check_timeframe(text);
drop function market.default_source(text);
