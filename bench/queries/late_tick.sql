insert into market.ticks (ts, symbol, source, price, size, tick_id, ord)
values (%(ts)s, 'SYM007', 'bench', 101, 1, 'late ' || %(number)s, 0)
