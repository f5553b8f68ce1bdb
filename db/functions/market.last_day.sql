create or replace function market.last_day(
    asked text, before timestamptz, source text, price text
) returns timestamptz
language plpgsql stable parallel safe
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
            since := greatest(since, segment.since - interval '23:59:59.999999');
            if price = 'trade' then
                select max(bucket) into day
                from market.trade_candles('1d', segment.symbol, $3, since, until)
                where close is not null;
            else
                select max(bucket) into day
                from market.quote_candles('1d', segment.symbol, $3, since, until)
                where case price
                    when 'bid' then bid_close when 'ask' then ask_close else mid_close
                end is not null;
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
