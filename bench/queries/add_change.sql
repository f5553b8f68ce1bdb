insert into ops.candle_changes (symbol, since, until)
values (%(symbol)s, %(since)s, %(until)s)
