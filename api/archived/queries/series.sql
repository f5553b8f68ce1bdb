-- The series of a page, in its order, from the position on: the symbol asked for, the source, and
-- the pieces of time in which the instrument has the same symbols.
select
    coalesce(
        json_agg(
            json_build_object(
                'asked', asked.symbol,
                'source', series.source,
                'symbols', piece.symbols,
                'since', case when isfinite(piece.since) then piece.since end,
                'until', case when isfinite(piece.until) then piece.until end
            )
            order by asked.symbol, piece.since
        ),
        '[]'
    )::text as series
from (
    select symbol from market.instruments where symbol = any(%(symbols)s::text [])
    union
    select symbol from market.names where symbol = any(%(symbols)s::text [])
) as asked
cross join lateral (
    select
        coalesce(
            lower(%(source)s::text),
            case when asked.symbol = %(after_symbol)s::text then %(after_source)s::text end,
            market.default_source(asked.symbol)
        ) as source
    limit 1
) as series
cross join lateral market.name_pieces(asked.symbol) as piece
where (%(after_symbol)s::text is null or asked.symbol >= %(after_symbol)s::text)
    and series.source is not null
