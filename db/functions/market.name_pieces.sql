create or replace function market.name_pieces(asked text)
returns table (symbols text [], since timestamptz, until timestamptz)
language sql stable parallel safe
as $$
    with segments as materialized (
        select symbol, since, until from market.segments_of($1)
    ),
    edges as (
        select since as edge from segments
        union
        select until from segments
    ),
    pieces as (
        select edge as since, lead(edge) over (order by edge) as until from edges
    )
    select array_agg(segments.symbol order by segments.symbol), pieces.since, pieces.until
    from pieces
    inner join segments on segments.since <= pieces.since and segments.until >= pieces.until
    group by pieces.since, pieces.until
    order by pieces.since
$$;

comment on function market.name_pieces is
'Pieces of time in which an instrument, asked for by a symbol, has the same symbols; nearly always
one.';

revoke execute on function market.name_pieces from public;
grant execute on function market.name_pieces to stockpulse_reader;
