-- The newest change, null before the first, and the sources that symbols mean, in their order;
-- null: none yet.
select
    change.number,
    change.mark,
    array(
        select market.default_source(asked.symbol)
        from unnest(%(symbols)s::text []) with ordinality as asked (symbol, place)
        order by asked.place
    ) as sources
from (values (true)) as one
left join market.newest_change() as change on true
