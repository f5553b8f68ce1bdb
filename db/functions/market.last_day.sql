-- The source is no condition but a filter: as a condition it would make the Apache-2 edition look
-- into every chunk of trades or quotes.
create or replace function market.last_day(
    asked text, before timestamptz, source text, price text
) returns timestamptz
language plpgsql stable parallel safe
-- planned with the values at hand it opens the chunks of the range alone
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    segment record;
    since timestamptz;
    until timestamptz;
    day timestamptz;
begin
    for segment in select * from market.segments_of(asked) order by since desc loop
        until := least(segment.until, before);
        -- most series have traded within weeks: their whole history need not be sorted
        foreach since in array array[least(until, now()) - interval '1080 hours', '-infinity'] loop
            since := greatest(since, segment.since - interval '24 hours');
            if price = 'trade' then
                select max(bucket) filter (where candles.source = $3 and close is not null) into day
                from market.candles_1d as candles
                where candles.symbol = segment.symbol and bucket > since and bucket < until;
            else
                select max(bucket) filter (
                    where candles.source = $3 and case price
                        when 'bid' then bid_close when 'ask' then ask_close else mid_close
                    end is not null
                ) into day
                from market.quote_candles_1d as candles
                where candles.symbol = segment.symbol and bucket > since and bucket < until;
            end if;
            if day is not null then
                return day;
            end if;
        end loop;
    end loop;
    return null;
end $$;

comment on function market.last_day is
'Start of the newest day before a time in which a series has a price.';

revoke execute on function market.last_day from public;
grant execute on function market.last_day to stockpulse_reader;
