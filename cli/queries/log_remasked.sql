-- Logs a changed slice for the next refresh; TimescaleDB Community does this by itself.
insert into ops.candle_changes (kind, symbol, since, until)
values (%(kind)s::text, %(symbol)s::text, %(since)s::timestamptz, %(until)s::timestamptz)
