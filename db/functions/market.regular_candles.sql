-- Made of the widest level on whose buckets the sessions open and close, so that a bucket in which
-- one does has nothing of the hours before and after it. The limits on buckets are in the planner's
-- terms; the sessions then decide candle by candle.
create or replace function market.regular_candles(
    asked text,
    timeframe text,
    since timestamptz,
    until timestamptz,
    source text,
    calendar text,
    price text,
    adjustment text
) returns setof market.candle
language plpgsql stable parallel safe
as $$
declare
    frame record;
    fitting record;
    reads record;
begin
    frame := market.timeframe_of($2);
    select known.level, known.level_width
    into fitting
    from market.levels_within(frame.width) as known
    cross join lateral (
        select exists (
            select from market.sessions
            where sessions.calendar = $6 and sessions.close_at > $3 and sessions.open_at < $4
                and (
                    sessions.open_at <> market.bucket_of(
                        sessions.open_at, known.level_width, null
                    )
                    or sessions.close_at <> market.bucket_of(
                        sessions.close_at, known.level_width, null
                    )
                )
        ) as is_cut
    ) as edges
    order by
        edges.is_cut,
        case when edges.is_cut then known.level_width end,
        known.level_width desc
    limit 1;
    reads := market.candle_reads($1, fitting.level, fitting.level_width, $3, $4, $7, $8);
    if reads.query is null then
        return;
    end if;
    return query execute format(
        $sql$
        select market.bucket_of(candles.start, $9, null), $7, $2, %s, null::text
        from (%s) as candles
        cross join lateral (
            select market.bucket_of(candles.start, $10, null) as bucket
        ) as place
        cross join lateral (
            select sessions.open_at, sessions.close_at
            from market.sessions
            where sessions.calendar = $8 and sessions.open_at < place.bucket + $10
            order by sessions.open_at desc
            limit 1
        ) as session
        where place.bucket < session.close_at
        group by 1
        having max(high) is not null
        order by 1
        $sql$,
        market.merged_columns(), reads.query
    )
    using reads.symbols, $5, reads.sinces, reads.untils,
        reads.numerators, reads.denominators, $1, $6, frame.width, fitting.level_width;
end $$;

comment on function market.regular_candles is
'Candles of timeframes below a day of what was traded within the sessions of a calendar, buckets of
since <= bucket < until; they have a price.';

revoke execute on function market.regular_candles from public;
grant execute on function market.regular_candles to stockpulse_reader;
