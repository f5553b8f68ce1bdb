-- The newest change, null before the first, and the source that each symbol means; null: none yet.
select
    change.number,
    change.mark,
    (
        select jsonb_object_agg(symbol, market.default_source(symbol))
        from unnest(%(symbols)s::text []) as symbol
    ) as sources
from (values (true)) as one
left join market.newest_change() as change on true
