-- From one vendor and interval to the next: a look into the index for each, and one for a symbol
-- that has none.
create or replace function market.vendor_series(symbol text, wanted text default null)
returns table (name text, vendor text, "interval" text, width interval)
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    known text;
    last_vendor text;
    last_interval text;
begin
    foreach known in array case
        when exists (select from market.names where names.symbol = $1 or names.instrument = $1)
            then array(select distinct segment.symbol from market.segments_of($1) as segment)
        else array[$1]
    end loop
        last_vendor := coalesce($2, '');
        last_interval := '';
        loop
            select bars.source, bars."interval" into last_vendor, last_interval
            from market.vendor_bars as bars
            where bars.symbol = known
                and (bars.source, bars."interval") > (last_vendor, last_interval)
                and bars.source = coalesce($2, bars.source)
            order by bars.source, bars."interval"
            limit 1;
            exit when not found;
            return query
            select
                known,
                last_vendor,
                last_interval,
                case last_interval
                    when '1m' then interval '1 minute'
                    when '5m' then interval '5 minutes'
                    when '15m' then interval '15 minutes'
                    when '30m' then interval '30 minutes'
                    when '1h' then interval '1 hour'
                    when '1d' then interval '24 hours'
                end;
        end loop;
    end loop;
end $$;

comment on function market.vendor_series is
'The vendors and intervals of the bars in market.vendor_bars of an instrument, under each of its
names; those of one vendor, if it is named.';

revoke execute on function market.vendor_series from public;
grant execute on function market.vendor_series to stockpulse_reader;
