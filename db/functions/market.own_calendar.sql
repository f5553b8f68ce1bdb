create or replace function market.own_calendar(symbol text, source text) returns text
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    instrument constant text := market.instrument_of($1);
begin
    return coalesce(
        (
            select calendar
            from market.instruments
            where instruments.symbol in (instrument, $1) and calendar is not null
            order by instruments.symbol <> instrument
            limit 1
        ),
        (select calendar from market.sources where sources.source = $2)
    );
end $$;

comment on function market.own_calendar is
'The calendar of an instrument, else that of the source; null if neither has one.';

revoke execute on function market.own_calendar from public;
grant execute on function market.own_calendar to stockpulse_reader;
