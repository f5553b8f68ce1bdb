create or replace function market.calendar_of(
    symbol text, calendar text default null, source text default null
) returns text
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    found_calendar constant text := coalesce($2, market.own_calendar($1, $3));
begin
    if found_calendar is null then
        raise exception 'no calendar is known for %', quote_nullable($1)
            using hint = 'set its calendar with stockpulse instruments import, or in SQL name one',
                errcode = 'invalid_parameter_value';
    end if;
    if not exists (select from market.sessions where sessions.calendar = found_calendar) then
        raise exception 'calendar % has no sessions', quote_literal(found_calendar)
            using hint = format('stockpulse calendars --calendar %s', found_calendar),
                errcode = 'invalid_parameter_value';
    end if;
    return found_calendar;
end $$;

comment on function market.calendar_of is
'The calendar given, else that of the instrument, else that of the source; an error if it has no
sessions.';

revoke execute on function market.calendar_of from public;
grant execute on function market.calendar_of to stockpulse_reader;
