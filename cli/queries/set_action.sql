insert into market.corporate_actions (instrument, ex_at, kind, numerator, denominator)
values (%(instrument)s, %(ex_at)s, %(kind)s, %(numerator)s, %(denominator)s)
on conflict (instrument, ex_at, kind) do update
set
    numerator = excluded.numerator,
    denominator = excluded.denominator
