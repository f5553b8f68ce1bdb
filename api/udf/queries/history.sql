-- Bars before `end` as lists: the newest `countback`, else those since `since`. Where the
-- calendar has sessions, bars that lie outside of them are left out: the chart shows none.
-- Columns: the answer, null if there is no bar; the start of the newest bar before `since`; symbol,
-- source and bucket of the last bar that was read if there may be more.
with series as materialized (
    select
        source,
        -- so many bars are read for one that lies within the sessions
        case
            when count(sessions.open_at) = 0 then 1
            else ceil(
                extract(epoch from interval '672 hours')
                / sum(extract(epoch from sessions.close_at - sessions.open_at))
            )::integer
        end as factor
    from (select market.default_source((%(symbols)s::text [])[1]) as source) as found
    left join market.sessions
        on sessions.calendar = market.own_calendar((%(symbols)s::text [])[1], source)
            and sessions.open_at < least(%(end)s::timestamptz, now())
            and sessions.open_at >= least(%(end)s::timestamptz, now()) - interval '672 hours'
    group by source
),

found as (
    select page.*
    from series
    cross join lateral market.bar_page(
        symbols => %(symbols)s::text [],
        timeframe => %(timeframe)s::text,
        since => %(start)s::timestamptz,
        until => %(end)s::timestamptz,
        max_bars => coalesce(%(countback)s::integer, %(most)s::integer) * series.factor,
        newest_first => true
    ) as page
),

page as materialized (
    select
        bucket,
        symbol,
        source,
        open,
        high,
        low,
        close,
        volume
    from (select * from found) as found
),

shut as materialized (
    select
        market.closed_times(
            (%(symbols)s::text [])[1], series.source,
            (select min(bucket) from page), (select max(bucket) from page) + interval '24 hours'
        ) as times
    from series
    where series.factor > 1
),

inside as materialized (
    select page.*
    from page
    where not exists (
        select from shut
        where shut.times @> tstzrange(page.bucket, page.bucket + %(width)s::interval)
    )
    order by page.bucket desc
    limit coalesce(%(countback)s::integer, %(most)s::integer)
),

-- Where so many bars lie outside of the sessions that others are missing, those of the sessions of
-- a year before, one session after the other.
missing as materialized (
    select
        series.source,
        market.own_calendar((%(symbols)s::text [])[1], series.source) as calendar,
        (select min(bucket) from page) as until,
        %(countback)s::integer - (select count(*) from inside)::integer as bars
    from series
    where series.factor > 1
        and (select count(*) from page) = %(countback)s::integer * series.factor
        and (select count(*) from inside) < %(countback)s::integer
),

earlier as materialized (
    select
        bars.bucket,
        bars.symbol,
        bars.source,
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        bars.volume
    from missing
    cross join lateral (
        select
            sessions.open_at,
            sessions.close_at,
            lag(sessions.close_at) over (order by sessions.open_at) as closed_before
        from market.sessions
        where sessions.calendar = missing.calendar
            and sessions.open_at < missing.until
            and sessions.open_at >= missing.until - interval '366 days'
        order by sessions.open_at desc
    ) as session
    cross join lateral market.bar_page(
        symbols => %(symbols)s::text [],
        timeframe => %(timeframe)s::text,
        since => greatest(
            session.open_at - %(width)s::interval + interval '1 microsecond', session.closed_before
        ),
        until => least(session.close_at, missing.until),
        source => missing.source,
        max_bars => missing.bars,
        newest_first => true
    ) as bars
    limit (select missing.bars from missing)
),

last_read as materialized (
    select
        symbol,
        source,
        bucket
    from page
    where (select count(*) from page)
        = coalesce(%(countback)s::integer, %(most)s::integer) * (select factor from series)
    order by bucket
    limit 1
),

shown as materialized (
    select * from inside
    union all
    select * from earlier
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
                timeframe => %(timeframe)s::text,
                until => %(since)s::timestamptz,
                max_bars => 1,
                newest_first => true
            ) as earlier
        )
    end as next_time,
    (select symbol from last_read) as last_symbol,
    (select source from last_read) as last_source,
    (select bucket from last_read) as last_bucket
from shown
