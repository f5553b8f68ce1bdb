-- A session's date is that of its own time zone, which is nowhere more than a day from UTC. The
-- limits on buckets are in the planner's terms; the sessions then decide candle by candle.
create or replace function market.session_candles(
    symbol text,
    since date default '-infinity',
    until date default 'infinity',
    source text default null,
    calendar text default null
) returns table (
    session_date date, open_at timestamptz, close_at timestamptz, symbol text, source text,
    open numeric, high numeric, low numeric, close numeric,
    volume numeric, notional numeric, vwap numeric, tick_count bigint
)
language sql stable parallel safe
as $$
    select
        session.session_date,
        session.open_at,
        session.close_at,
        candle.symbol,
        candle.source,
        (array_agg(candle.open order by candle.bucket))[1],
        max(candle.high),
        min(candle.low),
        (array_agg(candle.close order by candle.bucket desc))[1],
        sum(candle.volume),
        sum(candle.notional),
        sum(candle.notional) / nullif(sum(candle.volume), 0),
        sum(candle.tick_count)::bigint
    from (select market.calendar_of($1, $5) as calendar offset 0) as chosen
    cross join market.candles(
        $1,
        '30m',
        ($2::timestamp - interval '1 day') at time zone 'UTC',
        ($3::timestamp + interval '2 days') at time zone 'UTC',
        $4
    ) as candle
    cross join lateral (
        select session_date, open_at, close_at
        from market.sessions
        where sessions.calendar = chosen.calendar
            and open_at < candle.bucket + interval '30 minutes'
        order by open_at desc
        limit 1
    ) as session
    where candle.bucket < session.close_at
        and session.session_date >= $2 and session.session_date < $3
    group by 1, 2, 3, 4, 5
    union all
    select null, null, null, null, null, null, null, null, null, null, null, null, null
    where market.calendar_of($1, $5) is null -- refuses it where there are no candles, too
    order by 1
$$;

comment on function market.session_candles is
'A candle a trading session, since <= session_date < until, from the 30m candles that lie in it; one
that opens or closes within a candle of 30m has all of that one.';

revoke execute on function market.session_candles from public;
grant execute on function market.session_candles to stockpulse_reader;
