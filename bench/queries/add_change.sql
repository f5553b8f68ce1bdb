insert into ops.candle_changes (kind, symbol, since, until)
values ('trades', %(symbol)s, %(since)s, %(until)s)
