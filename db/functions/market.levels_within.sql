-- Readers cannot read ops.lifecycle; this is all that they get to see of it.
create or replace function market.levels_within(width interval)
returns table (level text, level_width interval)
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select lifecycle.level, hours.width
    from ops.lifecycle
    -- in hours: a day of the calendar has 23 or 25 of them in some time zones
    cross join lateral make_interval(
        secs => extract(epoch from lifecycle.width)::double precision
    ) as hours (width)
    where lifecycle.kind = 'trades' and lifecycle.level is not null
        and extract(epoch from $1) % extract(epoch from lifecycle.width) = 0
    order by lifecycle.width desc;
end $$;

comment on function market.levels_within is
'The stored levels of candles whose width divides a width, the widest first.';

revoke execute on function market.levels_within from public;
grant execute on function market.levels_within to stockpulse_reader;
