create or replace function market.touched_bars(
    after bigint, until bigint, symbols text [], quoted text [], timeframes text []
) returns table (
    number bigint,
    kind text,
    symbol text,
    source text,
    timeframe text,
    since timestamptz,
    until timestamptz,
    first_end timestamptz,
    removed boolean
)
language sql stable
as $$
    with names as materialized (
        select asked, asked as stored, timestamptz '-infinity' as since, timestamptz 'infinity' as until
        from unnest($3) as asked
        where not exists (
            select from market.names where names.symbol = asked or names.instrument = asked
        )
        union all
        select asked, segment.symbol, segment.since, segment.until
        from unnest($3) as asked
        cross join lateral market.segments_of(asked) as segment
        where exists (
            select from market.names where names.symbol = asked or names.instrument = asked
        )
    ),
    seconds as (
        select 'trade' as kind, touched.*
        from market.touched_seconds(
            $1, $2, 'trade', array(select distinct names.stored from names)
        ) as touched
        union all
        select 'quote', touched.*
        from market.touched_seconds(
            $1, $2, 'quote', array(select distinct names.stored from names where names.asked = any($4))
        ) as touched
        where cardinality($4) > 0
    ),
    series as (
        select
            seconds.number,
            seconds.kind,
            names.asked,
            seconds.source,
            seconds.removed,
            range_agg(
                tstzrange(seconds.start_at, seconds.start_at + interval '1 second')
            ) as times
        from seconds
        inner join names
            on seconds.symbol = names.stored
                and seconds.start_at < names.until
                and seconds.start_at + interval '1 second' > names.since
        group by 1, 2, 3, 4, 5
    )
    select
        series.number,
        series.kind,
        series.asked,
        series.source,
        frames.timeframe,
        lower(span),
        upper(span),
        (lower(span) at time zone 'UTC' + frames.width) at time zone 'UTC',
        series.removed
    from series
    cross join (
        select names.timeframe, frame.width, frame.months
        from unnest($5) as names (timeframe)
        cross join lateral market.timeframe_of(names.timeframe) as frame
    ) as frames
    cross join lateral unnest(
        market.touched_buckets(series.times, frames.width, frames.months)
    ) as span
    order by series.number
$$;

comment on function market.touched_bars is
'The buckets of timeframes, adjacent ones as one range, that the changes after < number <= until
touched: of symbols as they are asked for, with the source and kind of the events, trade, and quote for those
of `quoted`. first_end: the end of the first bucket; removed: a bar may be gone.';

revoke execute on function market.touched_bars from public;
grant execute on function market.touched_bars to stockpulse_reader;
