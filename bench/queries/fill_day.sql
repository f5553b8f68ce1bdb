-- Ticks of one day in the order of time, spread evenly over it and over the symbols.
insert into market.ticks (ts, symbol, source, price, size, tick_id, ord)
select
    ts,
    'SYM' || lpad(mod(number * 7919, %(symbols)s)::text, 3, '0'),
    'bench',
    100 + round(mod(number * 31, 1000) / 100.0, 2),
    mod(number, 17) + 1,
    number::text,
    (extract(epoch from ts - timestamptz '2000-01-01 00:00+00') * 1000000)::bigint * 4096
from (
    select
        number,
        %(since)s::timestamptz + (number::double precision / %(ticks)s) * interval '1 day' as ts
    from generate_series(0::bigint, %(ticks)s - 1) as number
) as numbered
where ts < %(until)s::timestamptz
