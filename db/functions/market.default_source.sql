-- In steps, as a search of all chunks takes the longer the more there are: the last day, the last
-- week, then the last day that has candles, and only then everything.
create or replace function market.default_source(symbol text) returns text
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, public, pg_temp
as $$
#variable_conflict use_column
declare
    instrument constant text := market.instrument_of($1);
    found_source text;
    segment record;
    last_day timestamptz;
    recently interval;
begin
    select primary_source into found_source
    from market.instruments
    where instruments.symbol in (instrument, $1) and primary_source is not null
    order by instruments.symbol <> instrument
    limit 1;
    if found_source is not null then
        return found_source;
    end if;
    for segment in select * from market.segments_of($1) order by since desc loop
        foreach recently in array array[interval '24 hours', interval '168 hours'] loop
            found_source := market.newest_source(
                segment.symbol, greatest(segment.since, now() - recently), segment.until
            );
            exit when found_source is not null;
        end loop;
        exit when found_source is not null;
        select bucket, source into last_day, found_source
        from (
            select bucket, source
            from ops.candles_1d as candles
            where candles.symbol = segment.symbol and bucket < segment.until
            union all
            select bucket, source
            from ops.quote_candles_1d as candles
            where candles.symbol = segment.symbol and bucket < segment.until
        ) as days
        order by bucket desc
        limit 1;
        if found then
            return coalesce(
                market.newest_source(
                    segment.symbol,
                    greatest(segment.since, last_day),
                    least(segment.until, last_day + interval '24 hours')
                ),
                found_source -- the events are past their retention, the candles are not
            );
        end if;
        found_source := market.newest_source(segment.symbol, segment.since, segment.until);
        exit when found_source is not null;
    end loop;
    return found_source;
end $$;

comment on function market.default_source is
'The source of a query that names none: primary_source, else that of the newest trade or quote.';

revoke execute on function market.default_source from public;
grant execute on function market.default_source to stockpulse_reader;
