create or replace function market.segments_of(symbol text)
returns table (symbol text, since timestamptz, until timestamptz)
language sql stable parallel safe
as $$
    with named as (
        select symbol, since, until
        from market.names
        where instrument = market.instrument_of($1)
    ),
    own (symbol) as ( -- the instrument's own symbol, unless names say when it was in use
        select market.instrument_of($1)
        where not exists (
            select from market.names where names.symbol = market.instrument_of($1)
        )
    )
    select symbol, since, until from named
    union all
    select own.symbol, lower(free), upper(free)
    from own
    cross join unnest(
        tstzmultirange(tstzrange('-infinity', 'infinity'))
        - coalesce((select range_agg(tstzrange(since, until)) from named), '{}')
    ) as free
    order by 2
$$;

comment on function market.segments_of is
'Which symbol stood when for the instrument that a symbol means, oldest first: its names, and its
own symbol at all other times where that is in no name.';

revoke execute on function market.segments_of from public;
grant execute on function market.segments_of to stockpulse_reader;
