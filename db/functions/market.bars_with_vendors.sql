-- Stretch by stretch, as in market.built_bars(): of each only as many vendor's bars are read as the
-- page may show.
create or replace function market.bars_with_vendors(
    symbol text,
    source text,
    timeframe text,
    since timestamptz,
    until timestamptz,
    max_bars integer,
    newest_first boolean,
    price text,
    adjustment text,
    vendor text default null
) returns setof market.candle
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    own constant market.candle [] := array(
        select bars from market.series_bars($1, $2, $3, $4, $5, $6, $7, $8, $9) as bars
    );
    others market.candle [] := '{}';
    frame record;
    buckets integer;
    rest_since timestamptz; -- of what is still to be read
    rest_until timestamptz;
    bar timestamptz;
    first_start timestamptz;
    last_end timestamptz;
begin
    frame := market.timeframe_of($3);
    -- a century is enough for anyone
    buckets := least($6, greatest(1, floor(3153600000 / extract(epoch from frame.width))));
    rest_since := market.first_bucket($4, frame.width, frame.months);
    rest_until := market.first_bucket($5, frame.width, frame.months);
    if cardinality(own) = $6 and newest_first then
        rest_since := greatest(rest_since, (own[$6]).bucket);
    elsif cardinality(own) = $6 then
        rest_until := least(rest_until, (own[$6]).bucket);
    end if;
    while rest_since < rest_until and ($6 is null or cardinality(others) < $6) loop
        bar := (
            select case when newest_first then max(edge.bucket) else min(edge.bucket) end
            from market.vendor_series($1, $10) as found
            cross join lateral (
                (
                    select bucket
                    from market.vendor_bars as bars
                    where not newest_first
                        and bars.symbol = found.name and bars.source = found.vendor
                        and bars."interval" = found."interval"
                        and bars.bucket >= rest_since and bars.bucket < rest_until
                    order by bars.bucket
                    limit 1
                )
                union all
                (
                    select bucket
                    from market.vendor_bars as bars
                    where newest_first
                        and bars.symbol = found.name and bars.source = found.vendor
                        and bars."interval" = found."interval"
                        and bars.bucket >= rest_since and bars.bucket < rest_until
                    order by bars.bucket desc
                    limit 1
                )
            ) as edge
            where extract(epoch from frame.width) % extract(epoch from found.width) = 0
        );
        exit when bar is null;
        bar := market.bucket_of(bar, frame.width, frame.months);
        if $6 is null then
            first_start := rest_since;
            last_end := rest_until;
        elsif newest_first then
            last_end := least(rest_until, (bar at time zone 'UTC' + frame.width) at time zone 'UTC');
            first_start := greatest(
                rest_since,
                (bar at time zone 'UTC' - (buckets - 1) * frame.width) at time zone 'UTC'
            );
        else
            first_start := bar;
            last_end := least(
                rest_until, (bar at time zone 'UTC' + buckets * frame.width) at time zone 'UTC'
            );
        end if;
        others := others || array(
            select made
            from market.vendor_candles($1, $3, first_start, last_end, $10, $9, $2) as made
            where not exists (select from unnest(own) as mine where mine.bucket = made.bucket)
        );
        if newest_first then
            rest_until := first_start;
        else
            rest_since := last_end;
        end if;
    end loop;
    return query
    select bars.*
    from unnest(own || others) as bars
    order by case when newest_first then bars.bucket end desc, bars.bucket
    limit $6;
end $$;

comment on function market.bars_with_vendors is
'The bars of market.series_bars(), and in the buckets where it has none those of vendors.';

revoke execute on function market.bars_with_vendors from public;
grant execute on function market.bars_with_vendors to stockpulse_reader;
