create or replace function market.first_bucket(at timestamptz, width interval, months integer)
returns timestamptz
language sql immutable parallel safe
as $$
    select (
        market.bucket_of(
            ($1 at time zone 'UTC' - interval '1 microsecond') at time zone 'UTC', $2, $3
        ) at time zone 'UTC' + $2
    ) at time zone 'UTC'
$$;

comment on function market.first_bucket is
'Start of the first bucket that starts at a time or after it; see market.bucket_of().';

revoke execute on function market.first_bucket from public;
grant execute on function market.first_bucket to stockpulse_reader;
