-- The source that each symbol means, by symbol; those of which there is none yet are absent.
select coalesce(jsonb_object_agg(symbol, source), '{}')::text as sources
from (
    select
        symbol,
        market.default_source(symbol) as source
    from unnest(%(symbols)s::text []) as symbol
) as named
where source is not null
