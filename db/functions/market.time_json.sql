-- In SQL so that it is inlined. to_char() takes four times as long as the text of a timestamp,
-- which has the digits of the fraction that are needed; sessions of the API have the date style ISO.
create or replace function market.time_json(
    at timestamptz, ns integer default 0, style text default 'rfc3339', zone text default null
) returns text
language sql stable parallel safe
as $$
    select case
        when $3 = 'rfc3339' and $4 is null and $2 = 0
            then '"' || replace(($1 at time zone 'UTC')::text, ' ', 'T') || 'Z"'
        when $3 = 'rfc3339' then '"' || market.time_text($1, $2, $4) || '"'
        else market.epoch_text($1, $2, $3)
    end
$$;

comment on function market.time_json is
'A time in JSON: in the style rfc3339 a string, in UTC, or with the offset of a time zone; in the
styles s, ms, us and ns a number since 1970, with a fraction if there is one. ns: nanoseconds beyond
the microsecond.';

revoke execute on function market.time_json from public;
grant execute on function market.time_json to stockpulse_reader;
