-- Trades of some symbols, one per step and symbol, from a time to now.
insert into market.trades (ts, symbol, source, price, size, tick_id, seq, batch, rules, moves)
select
    ts,
    'SYM' || lpad(number::text, 3, '0'),
    'bench',
    100 + round(mod(extract(epoch from ts)::bigint / 60 + number, 100) / 10.0, 1),
    mod(number, 17) + 1,
    extract(epoch from ts)::bigint::text,
    extract(epoch from ts)::bigint,
    1,
    1,
    221
from generate_series(%(since)s::timestamptz, now(), %(step)s::interval) as ts
cross join generate_series(%(first)s::integer, %(last)s::integer) as number
on conflict do nothing
