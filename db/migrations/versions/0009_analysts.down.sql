-- Loses the sessions, which `stockpulse calendars` brings back, and the instruments' calendars.
drop procedure ops.add_analyst(text, integer, text, text);
drop function market.session_candles(text, date, date, text, text);
drop function market.calendar_of(text, text);
alter table market.instruments drop column calendar;
drop table market.sessions;
drop function market.movers(interval, integer, timestamptz);
drop function market.spread(text, text, timestamptz, timestamptz, text);
drop function market.twap(text, timestamptz, timestamptz, text);
drop function market.vwap(text, timestamptz, timestamptz, text);
drop function market.returns(text, text, timestamptz, timestamptz, text);
drop function market.candles(text, text, timestamptz, timestamptz, text, text);
drop function market.last_candle(text, text, timestamptz, text);
drop function market.filled_candles(text, text, timestamptz, timestamptz, text, text);
drop function market.refuse_fill(text);
drop function market.first_bucket(text, timestamptz);
drop function market.width_of(text);

set local role stockpulse_owner;

revoke execute on all functions in schema market from stockpulse_reader;
grant execute on all functions in schema market to public;

-- As it was before.
do $$
declare
    branches text;
begin
    select string_agg(
        format(
            $sql$
    select bucket, symbol, source, open, high, low, close, volume, notional, vwap, tick_count
    from %s
    where $2 = %L and candles.symbol = $1 and source = coalesce($5, market.default_source($1))
        and bucket >= $3 and bucket < $4
            $sql$,
            ops.relation_of(level) || ' as candles', level
        ),
        'union all' order by "position"
    ) into branches
    from ops.lifecycle where child is not null;
    execute format(
        $sql$
create function market.candles(
    symbol text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null
) returns table (
    bucket timestamptz, symbol text, source text,
    open numeric, high numeric, low numeric, close numeric,
    volume numeric, notional numeric, vwap numeric, tick_count bigint
)
language sql stable parallel safe
as $function$ %s $function$
        $sql$,
        branches || 'union all select null, null, null, null, null, null, null, null, null, null, null'
        || ' where market.refuse_timeframe($2) order by 1'
    );
end $$;

comment on function market.candles(text, text, timestamptz, timestamptz, text) is
'Candles of a series, oldest first, since <= bucket < until, of 1m 5m 15m 30m 1h 4h 12h or 1d.';

reset role;
