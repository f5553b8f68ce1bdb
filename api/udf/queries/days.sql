-- Daily bars before `end` as lists, as history.sql; of the sessions of a calendar, whose time is
-- midnight UTC of their day, else of days in UTC.
-- Columns: the first two of history.sql; the start of the first bar if there are as many as asked
-- for.
with series as materialized (
    select
        source,
        calendar,
        exists (
            select
            from market.sessions
            where sessions.calendar = own.calendar and own.calendar <> '24/7'
        ) as has_sessions
    from (select market.default_source((%(symbols)s::text [])[1]) as source) as found
    cross join lateral (
        select market.own_calendar((%(symbols)s::text [])[1], source) as calendar
    ) as own
),

days as materialized (
    select page.*
    from market.bar_page(
        symbols => %(symbols)s::text [],
        timeframe => '1d',
        since => case
            when %(countback)s::integer is null
                then %(since)s::timestamptz - interval '24 hours'
            else '-infinity'
        end,
        until => case
            when %(end)s::timestamptz = 'infinity' then 'infinity'
            else %(end)s::timestamptz + interval '24 hours'
        end,
        max_bars => coalesce(%(countback)s::integer, %(most)s::integer) + 2,
        newest_first => true
    ) as page
),

-- As many sessions as bars are wanted: in a week of currencies five lie in six days of UTC.
span as materialized (
    select
        least(
            min(days.bucket)::date,
            (
                select min(newest.session_date)
                from (
                    select sessions.session_date
                    from series
                    inner join market.sessions on series.calendar = sessions.calendar
                    where %(countback)s::integer is not null and series.has_sessions
                        and sessions.session_date <= (select max(bucket)::date from days)
                        and sessions.session_date::timestamptz < %(end)s::timestamptz
                    order by sessions.session_date desc
                    limit coalesce(%(countback)s::integer, 0)
                ) as newest
            )
        ) as since,
        max(days.bucket)::date + 2 as until
    from days
),

sessions as materialized (
    select session.*
    from series
    cross join span
    cross join lateral market.session_candles(
        (%(symbols)s::text [])[1], span.since, span.until, series.source
    ) as session
    where series.has_sessions and session.open is not null
),

bars as (
    select
        session_date::timestamptz as bucket,
        open,
        high,
        low,
        close,
        volume
    from sessions
    union all
    select
        bucket,
        open,
        high,
        low,
        close,
        volume
    from days
    where not (select has_sessions from series)
        -- days that a vendor has and trades have not
        or vendor is not null
        and bucket::date not in (select session_date from sessions)
),

shown as materialized (
    select *
    from bars
    where bucket < %(end)s::timestamptz
        and (%(countback)s::integer is not null or bucket >= %(since)s::timestamptz)
    order by bucket desc
    limit coalesce(%(countback)s::integer, %(most)s::integer)
)

select
    '{"s":"ok","t":[' || string_agg(extract(epoch from bucket)::bigint::text, ',' order by bucket)
    || '],"o":[' || string_agg(open::text, ',' order by bucket)
    || '],"h":[' || string_agg(high::text, ',' order by bucket)
    || '],"l":[' || string_agg(low::text, ',' order by bucket)
    || '],"c":[' || string_agg(close::text, ',' order by bucket)
    || ']' || case
        when count(volume) > 0
            then ',"v":[' || string_agg(coalesce(volume, 0)::text, ',' order by bucket) || ']'
        else ''
    end || '}' as answer,
    case
        when count(*) = 0 and %(countback)s::integer is null then (
            select extract(epoch from earlier.bucket)::bigint
            from market.bar_page(
                symbols => %(symbols)s::text [],
                timeframe => '1d',
                until => %(since)s::timestamptz,
                max_bars => 1,
                newest_first => true
            ) as earlier
        )
    end as next_time,
    case when count(*) >= %(countback)s::integer then min(bucket) end as first_bucket
from shown
