create or replace function market.first_bucket(timeframe text, since timestamptz) returns timestamptz
language sql stable parallel safe
as $$
    select date_bin(
        market.width_of($1), $2 - interval '1 microsecond', timestamptz '2000-01-01 00:00+00'
    ) + market.width_of($1)
$$;

comment on function market.first_bucket is
'Start of the first bucket of a timeframe that starts at a time or after it.';

revoke execute on function market.first_bucket from public;
grant execute on function market.first_bucket to stockpulse_reader;
