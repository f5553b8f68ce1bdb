insert into market.names (symbol, since, until, instrument)
values (%(symbol)s, %(since)s, %(until)s, %(instrument)s)
on conflict (symbol, since) do update
set
    until = excluded.until,
    instrument = excluded.instrument
