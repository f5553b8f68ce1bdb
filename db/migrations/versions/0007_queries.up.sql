set local role stockpulse_owner;

-- Not in SQL: a branch that is not needed shall not be planned either.
create function market.default_source(symbol text) returns text
language plpgsql stable parallel safe
as $$
declare
    found_source text;
begin
    select primary_source into found_source
    from market.instruments where instruments.symbol = $1;
    if found_source is null then
        select source into found_source
        from market.ticks where ticks.symbol = $1 order by ts desc limit 1;
    end if;
    if found_source is null then
        -- its ticks are past their retention, its candles are not
        select source into found_source
        from market.candles_1d where candles_1d.symbol = $1 order by bucket desc limit 1;
    end if;
    return found_source;
end $$;

comment on function market.default_source(text) is
'The source a query means that names none: primary_source, else that of the newest tick or candle.';

create function market.refuse_timeframe(timeframe text) returns boolean
language plpgsql immutable parallel safe
as $$
begin
    if timeframe in ('1m', '5m', '15m', '30m', '1h', '4h', '12h', '1d') then
        return false;
    end if;
    raise exception 'unknown timeframe %', quote_nullable(timeframe)
        using hint = 'known are 1m, 5m, 15m, 30m, 1h, 4h, 12h and 1d',
            errcode = 'invalid_parameter_value';
end $$;

comment on function market.refuse_timeframe(text) is
'False for a timeframe that exists, an error for any other.';

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
