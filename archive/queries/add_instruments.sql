insert into market.instruments (symbol, base, quote)
select
    added.symbol,
    pair[1],
    pair[2]
from unnest(%(symbols)s::text []) as added (symbol)
left join lateral market.pair_of(added.symbol) as pair on added.symbol like '_%%:_%%/_%%'
on conflict do nothing
