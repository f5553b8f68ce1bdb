-- Buckets of UTC in any time zone of the session; in SQL so that it is inlined.
create or replace function market.bucket_of(at timestamptz, width interval, months integer)
returns timestamptz
language sql immutable parallel safe
as $$
    select case
        when $3 is null then date_bin($2, $1, timestamptz '2000-01-03 00:00+00')
        when isfinite($1) then (
            timestamp '2000-01-01' + make_interval(
                months => $3 * floor((
                    12 * extract(year from $1 at time zone 'UTC')
                    + extract(month from $1 at time zone 'UTC') - 24001
                ) / $3)::integer
            )
        ) at time zone 'UTC'
        else $1
    end
$$;

comment on function market.bucket_of is
'Start of the bucket that a time is in; width and months are those of market.timeframe_of().';

revoke execute on function market.bucket_of from public;
grant execute on function market.bucket_of to stockpulse_reader;
