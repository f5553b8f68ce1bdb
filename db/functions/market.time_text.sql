-- RFC 3339 has no seconds in its offsets: where a zone had local mean time, its offset is cut to
-- the minute, and the clock with it, so that the moment is exact.
create or replace function market.time_text(
    at timestamptz, ns integer default 0, zone text default null
) returns text
language plpgsql stable parallel safe
as $$
declare
    utc constant timestamp := at at time zone 'UTC';
    minutes constant integer := trunc(
        extract(epoch from (at at time zone coalesce(zone, 'UTC')) - utc) / 60
    );
    fraction constant text := rtrim(
        to_char(utc, '.US') || lpad(ns::text, 3, '0'), '0'
    );
begin
    return to_char(utc + make_interval(mins => minutes), 'YYYY-MM-DD"T"HH24:MI:SS')
        || case when fraction <> '.' then fraction else '' end
        || case
            when zone is null or zone = 'UTC' then 'Z'
            else case when minutes < 0 then '-' else '+' end
                || to_char(abs(minutes) / 60, 'FM00') || ':' || to_char(abs(minutes) % 60, 'FM00')
        end;
end $$;

comment on function market.time_text is
'RFC 3339, in UTC, or with the offset that a time zone has at that time, and a fraction if there is
one. ns: nanoseconds beyond the microsecond.';

revoke execute on function market.time_text from public;
grant execute on function market.time_text to stockpulse_reader;
