copy market.ticks (ts, symbol, source, price, size, bid, ask, tick_id, ord) from stdin
