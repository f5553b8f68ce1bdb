-- Trades of one day in the order of time, spread evenly over it and over the symbols.
insert into market.trades (ts, symbol, source, price, size, tick_id, seq, batch, rules, moves)
select
    ts,
    'SYM' || lpad(mod(number * 7919, %(symbols)s)::text, 3, '0'),
    'bench',
    100 + round(mod(number * 31, 1000) / 100.0, 2),
    mod(number, 17) + 1,
    number::text,
    number,
    1,
    1,
    221
from (
    select
        number,
        %(since)s::timestamptz + (number::double precision / %(trades)s) * interval '1 day' as ts
    from generate_series(0::bigint, %(trades)s - 1) as number
) as numbered
where ts < %(until)s::timestamptz
