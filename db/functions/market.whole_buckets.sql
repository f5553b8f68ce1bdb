create or replace function market.whole_buckets(
    times tstzmultirange, width interval, months integer
) returns tstzmultirange
language sql immutable parallel safe
as $$
    select coalesce(range_agg(tstzrange(since, until)), '{}')
    from unnest($1) as span
    cross join lateral (
        select
            market.first_bucket(lower(span), $2, $3) as since,
            market.bucket_of(upper(span), $2, $3) as until
    ) as inner_span
    where since < until
$$;

comment on function market.whole_buckets is
'The buckets that lie within times; width and months are those of market.timeframe_of().';

revoke execute on function market.whole_buckets from public;
grant execute on function market.whole_buckets to stockpulse_reader;
