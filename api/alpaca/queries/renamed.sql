-- The first of the symbols whose instrument has other names too; no row if there is none.
select asked.symbol
from unnest(%(symbols)s::text []) as asked (symbol)
where
    exists (
        select from market.segments_of(asked.symbol) as segment
        where segment.symbol <> asked.symbol
    )
order by asked.symbol
limit 1
