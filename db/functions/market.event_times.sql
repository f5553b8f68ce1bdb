create or replace function market.event_times(
    kind text, level text, width interval,
    symbol text, source text, since timestamptz, until timestamptz
) returns tstzmultirange
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, public, pg_temp
as $$
declare
    reads constant record := ops.level_query(kind, level, since, until);
    found_times tstzmultirange;
begin
    if reads.query is not null then
        execute format(
            'select range_agg(tstzrange(bucket, bucket + $5)) from (%s) as candles', reads.query
        )
        into found_times
        using symbol, source, reads.sinces, reads.untils, width;
    end if;
    return coalesce(found_times, '{}');
end $$;

comment on function market.event_times is
'The buckets of one stored level in which a series has trades or quotes, since <= bucket < until.';

revoke execute on function market.event_times from public;
grant execute on function market.event_times to stockpulse_reader;
