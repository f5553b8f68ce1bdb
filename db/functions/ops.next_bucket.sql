create or replace function ops.next_bucket(width interval, moment timestamptz) returns timestamptz
language sql immutable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
    select case
        when isfinite(moment) then
            date_bin(width, moment + width - interval '1 microsecond', '2000-01-01 00:00+00')
        else moment
    end
$$;

comment on function ops.next_bucket is
'Start of the first bucket that begins at a moment or after it.';
