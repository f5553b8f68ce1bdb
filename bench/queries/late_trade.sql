insert into market.trades (ts, symbol, source, price, size, tick_id, seq, batch, rules, moves)
values (%(ts)s, 'SYM007', 'bench', 101, 1, 'late ' || %(number)s, 0, 1, 1, 221)
