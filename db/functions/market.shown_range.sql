create or replace function market.shown_range(
    symbol text,
    series text,
    asked_source text,
    timeframe text,
    since timestamptz,
    until timestamptz,
    price text,
    adjustment text,
    vendor boolean,
    of_days boolean
) returns table (since timestamptz, until timestamptz)
language sql stable parallel safe
as $$
    select
        -- a session of a day may have begun on the day before
        greatest($5, oldest.bucket - case when $10 then interval '24 hours' else '0' end),
        case
            when isfinite($6) then least($6, greatest(now(), newest.until))
            else newest.until
        end
    from market.bars_between(
        $1, $2, $3, case when $10 then '1d' else $4 end, '-infinity', $6,
        1, false, $7, $8, $9
    ) as oldest
    cross join lateral (
        select bars.bucket
            + case when $10 then interval '24 hours' else '1 microsecond' end as until
        from market.bars_between(
            $1, $2, $3, case when $10 then '1d' else $4 end, '-infinity', $6,
            1, true, $7, $8, $9
        ) as bars
    ) as newest
$$;

comment on function market.shown_range is
'The part of a range in which market.shown_bars() has bars to show: from the oldest bar of the series
to the end that was asked for, at most the present, or without one to the newest bar.';

revoke execute on function market.shown_range from public;
grant execute on function market.shown_range to stockpulse_reader;
