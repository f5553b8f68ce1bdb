insert into market.instruments (symbol)
select 'SYM' || lpad(number::text, 3, '0')
from generate_series(0, %(symbols)s - 1) as number
on conflict do nothing
