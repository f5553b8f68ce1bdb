insert into market.instruments (symbol)
select unnest(%(symbols)s::text [])
on conflict do nothing
