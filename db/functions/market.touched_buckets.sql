create or replace function market.touched_buckets(
    times tstzmultirange, width interval, months integer
) returns tstzmultirange
language sql immutable parallel safe
as $$
    select coalesce(
        range_agg(tstzrange(
            market.bucket_of(lower(span), $2, $3), market.first_bucket(upper(span), $2, $3)
        )),
        '{}'
    )
    from unnest($1) as span
$$;

comment on function market.touched_buckets is
'The buckets of which a part lies within times; width and months are those of
market.timeframe_of().';

revoke execute on function market.touched_buckets from public;
grant execute on function market.touched_buckets to stockpulse_reader;
