-- A session's date is that of its own time zone, which is nowhere more than a day from UTC. The
-- limits on buckets are in the planner's terms; the sessions then decide candle by candle.
create or replace function market.sessions_of_candles(
    asked text,
    first_date date,
    end_date date,
    source text,
    calendar text,
    price text,
    adjustment text
) returns setof market.session_candle
language plpgsql stable parallel safe
as $$
declare
    frame record;
    reads record;
begin
    frame := market.timeframe_of('30m');
    reads := market.candle_reads(
        asked, frame.level, frame.level_width,
        market.first_bucket(
            (first_date::timestamp - interval '1 day') at time zone 'UTC', frame.width, null
        ),
        market.first_bucket(
            (end_date::timestamp + interval '2 days') at time zone 'UTC', frame.width, null
        ),
        price, adjustment
    );
    if reads.query is null then
        return;
    end if;
    return query execute format(
        $sql$
        select
            session.session_date, session.open_at, session.close_at, $7, $2, %s
        from (%s) as candles
        cross join lateral (
            select market.bucket_of(candles.start, $9, null) as bucket
        ) as place
        cross join lateral (
            select sessions.session_date, sessions.open_at, sessions.close_at
            from market.sessions
            where sessions.calendar = $8 and sessions.open_at < place.bucket + $9
            order by sessions.open_at desc
            limit 1
        ) as session
        where place.bucket < session.close_at
            and session.session_date >= $10 and session.session_date < $11
        group by 1, 2, 3
        %s
        order by 1
        $sql$,
        market.merged_columns(), reads.query,
        case when price <> 'trade' then 'having max(high) is not null' end
    )
    using reads.symbols, source, reads.sinces, reads.untils,
        reads.numerators, reads.denominators,
        asked, calendar, frame.width, first_date, end_date;
end $$;

comment on function market.sessions_of_candles is
'The candles of market.session_candles() made of those of 30m.';

revoke execute on function market.sessions_of_candles from public;
grant execute on function market.sessions_of_candles to stockpulse_reader;
