insert into ops.bar_requests (source, ticker, "interval", part, asked_at, bars)
values (%(source)s, %(ticker)s, %(interval)s, %(part)s, %(now)s, %(bars)s)
on conflict on constraint bar_requests_pkey do update
set asked_at = excluded.asked_at, bars = excluded.bars
