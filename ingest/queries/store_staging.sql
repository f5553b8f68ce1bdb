insert into market.ticks (ts, symbol, source, price, size, bid, ask, tick_id, ord)
select ts, symbol, source, price, size, bid, ask, tick_id, ord
from staging
on conflict do nothing
