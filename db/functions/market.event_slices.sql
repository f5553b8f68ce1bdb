-- The daily candles say how many trades or quotes a day has; of days without one nobody knows yet.
create or replace function market.event_slices(
    kind text, symbol text, source text, start_at timestamptz, end_at timestamptz,
    newest_first boolean
) returns table (since timestamptz, until timestamptz)
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, public, pg_temp
as $$
#variable_conflict use_column
declare
    most_events constant integer := 100000;
begin
    return query
    with days as (
        select
            day,
            coalesce(
                case $1
                    when 'trades' then (
                        select tick_count
                        from ops.candles_1d as candles
                        where candles.symbol = segment.symbol and candles.source = $3
                            and bucket = day
                    )
                    else (
                        select quote_count
                        from ops.quote_candles_1d as candles
                        where candles.symbol = segment.symbol and candles.source = $3
                            and bucket = day
                    )
                end,
                24 * most_events
            ) as events
        from market.segments_of($2) as segment
        cross join lateral market.days_of(
            $1, segment.symbol, $3, greatest(segment.since, $4), least(segment.until, $5)
        ) as day
        where segment.since < $5 and segment.until > $4
    ),
    summed as (
        select
            day,
            sum(events) as events,
            sum(sum(events)) over (order by day) - sum(events) as events_before
        from days
        group by day
    ),
    slices as ( -- many quiet days, or one with parts
        select
            min(day) as first_day,
            max(day) + interval '24 hours' as end_of_days,
            greatest(1, ceil(sum(events) / most_events))::integer as parts
        from summed
        group by
            floor(events_before / most_events),
            case when events > most_events then day end
    )
    select slice.since, slice.until
    from slices
    cross join lateral generate_series(1, parts) as part
    cross join lateral (
        select
            greatest($4, first_day + (end_of_days - first_day) * (part - 1) / parts) as since,
            least($5, first_day + (end_of_days - first_day) * part / parts) as until
    ) as slice
    where slice.since < slice.until
    order by case when $6 then slice.since end desc, slice.since;
end $$;

comment on function market.event_slices is
'Slices of a range that hold all trades or quotes of a series, each about 100,000 at most, so that a
long answer streams.';

revoke execute on function market.event_slices from public;
grant execute on function market.event_slices to stockpulse_reader;
