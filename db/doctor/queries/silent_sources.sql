-- A source of which live events came, and no longer come while its market is open. Judged by the
-- symbols of each venue, asset class and calendar that were stored last, in buckets of five minutes
-- of the week before. How long a source may be silent: with a calendar three times what is usual of
-- the open time, else longer than it was in a whole week, nights and the weekend among it. A
-- calendar whose sessions have ended is none.
-- Feeds whose process is away have a rule of their own, and history that was loaded is not live.
with symbols as materialized (
    select
        symbol,
        calendar,
        last_seen_at,
        row_number() over (
            partition by
                primary_source, asset_class, calendar,
                case when strpos(symbol, ':') > 0 then split_part(symbol, ':', 1) end
            order by last_seen_at desc
        ) as number
    from market.instruments
    where last_seen_at > now() - interval '28 days'
),
buckets as materialized (
    select
        symbols.symbol,
        symbols.last_seen_at,
        candles.source,
        candles.bucket,
        coalesce(symbols.calendar, sources.calendar, '') as calendar
    from symbols
    cross join lateral (
        select source, bucket
        from ops.candles_5m
        where symbol = symbols.symbol and bucket > symbols.last_seen_at - interval '7 days'
        union all
        select source, bucket
        from ops.quote_candles_5m
        where symbol = symbols.symbol and bucket > symbols.last_seen_at - interval '7 days'
    ) as candles
    left join market.sources on candles.source = sources.source
    where symbols.number <= 50
),
newest as (
    select
        source,
        calendar,
        min(symbol) as symbol,
        max(ts) as ts,
        bool_or(last_seen_at < ts + interval '10 minutes') as is_live
    from (
        select
            series.*,
            greatest(
                (
                    select max(ts) from market.trades
                    where
                        trades.symbol = series.symbol and trades.source = series.source
                        and ts > series.last_seen_at - interval '7 days'
                ),
                (
                    select max(ts) from market.quotes
                    where
                        quotes.symbol = series.symbol and quotes.source = series.source
                        and ts > series.last_seen_at - interval '7 days'
                )
            ) as ts
        from (select distinct symbol, source, calendar, last_seen_at from buckets) as series
    ) as events
    group by source, calendar
),
candidates as materialized (
    select
        newest.*,
        calendar = '24/7'
        or exists (
            select from market.sessions
            where sessions.calendar = newest.calendar and close_at > now()
        ) as is_known,
        market.closed_times(symbol, source, now() - interval '36 days', now()) as closed
    from newest
    where
        is_live
        and ts < now() - interval '15 minutes'
        and not exists (
            select from ops.open_feeds
            where open_feeds.source = newest.source and until < now() - interval '3 minutes'
        )
),
gaps as ( -- between the buckets that have events, the last one reaches to now
    select
        source,
        calendar,
        bucket + interval '5 minutes' as since,
        lead(bucket) over (partition by source, calendar order by bucket) as until
    from (select distinct source, calendar, bucket from buckets) as times
),
usual as (
    select
        candidates.source,
        candidates.calendar,
        count(*) as buckets,
        min(gaps.since) as since,
        percentile_disc(0.99) within group (order by open_time) as most,
        max(open_time) as longest
    from candidates
    inner join gaps using (source, calendar)
    cross join lateral (
        select
            case
                when gaps.since = gaps.until then interval '0'
                else coalesce(sum(upper(part) - lower(part)), interval '0')
            end as open_time
        from
            unnest(tstzmultirange(tstzrange(gaps.since, gaps.until)) - candidates.closed) as part
    ) as gap
    where gaps.until is not null
    group by candidates.source, candidates.calendar
),
silence as (
    select
        candidates.source,
        candidates.calendar,
        candidates.ts,
        candidates.is_known,
        usual.buckets,
        usual.since,
        usual.most,
        usual.longest,
        (
            select sum(upper(part) - lower(part))
            from unnest(tstzmultirange(tstzrange(candidates.ts, now())) - candidates.closed) as part
        ) as silent
    from candidates
    inner join usual using (source, calendar)
)
select
    format(
        'nothing has come from source %s%s since %s, for %s%s',
        source,
        case when calendar = '' then '' else format(' (calendar %s)', calendar) end,
        to_char(ts at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'),
        justify_hours(date_trunc('minute', silent)),
        case when is_known then ' in which its market was open' else '' end
    )
from silence
where
    case
        when is_known
            then buckets >= 12 and silent > greatest(interval '15 minutes', 3 * most)
        else
            since < ts - interval '6 days'
            and silent > greatest(interval '1 hour', 1.5 * longest)
    end
order by source, calendar
