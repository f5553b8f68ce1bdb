set local role stockpulse_owner;

-- Names in these functions are qualified and nothing is of TimescaleDB's own, so that they work
-- under any search_path. In hours, since a day of some time zones has 23 or 25.
create function market.width_of(timeframe text) returns interval
language sql immutable parallel safe
as $$
    select case when not market.refuse_timeframe($1) then
        case $1
            when '1m' then interval '1 minute'
            when '5m' then interval '5 minutes'
            when '15m' then interval '15 minutes'
            when '30m' then interval '30 minutes'
            when '1h' then interval '1 hour'
            when '4h' then interval '4 hours'
            when '12h' then interval '12 hours'
            else interval '24 hours'
        end
    end
$$;

comment on function market.width_of(text) is 'Length of a timeframe''s bucket.';

create function market.first_bucket(timeframe text, since timestamptz) returns timestamptz
language sql stable parallel safe
as $$
    select date_bin(
        market.width_of($1), $2 - interval '1 microsecond', timestamptz '2000-01-01 00:00+00'
    ) + market.width_of($1)
$$;

comment on function market.first_bucket(text, timestamptz) is
'Start of the first bucket of a timeframe that starts at a time or after it.';

create function market.refuse_fill(fill text) returns boolean
language plpgsql immutable parallel safe
as $$
begin
    if fill in ('none', 'null', 'previous') then
        return false;
    end if;
    raise exception 'unknown fill %', quote_nullable(fill)
        using hint = 'known are none, null and previous', errcode = 'invalid_parameter_value';
end $$;

comment on function market.refuse_fill(text) is
'False for a way to fill that exists, an error for any other.';

-- Not in SQL: it calls what calls it, and shall be planned with the values at hand.
create function market.filled_candles(
    symbol text, timeframe text, since timestamptz, until timestamptz, source text, fill text
) returns setof market.candles_1m
language plpgsql stable parallel safe
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    width constant interval := market.width_of($2);
    first_bucket constant timestamptz := market.first_bucket($2, $3);
    series constant text := coalesce($5, market.default_source($1));
    -- no candle is made up for a bucket that is still to come
    last_end constant timestamptz := case when isfinite($4) then least($4, now()) end;
    nothing constant numeric := case $6 when 'previous' then 0 end;
begin
    if series is null then
        return;
    end if;
    return query
    with known as ( -- each with the empty buckets after it, the first row without one of its own
        select
            first_bucket - width as bucket,
            null::numeric as open, null::numeric as high, null::numeric as low,
            (
                select close from market.last_candle($1, $2, first_bucket, series)
                where $6 = 'previous'
            ) as close,
            null::numeric as volume, null::numeric as notional, null::numeric as vwap,
            null::bigint as tick_count
        where isfinite($3)
        union all
        select bucket, open, high, low, close, volume, notional, vwap, tick_count
        from market.candles($1, $2, $3, $4, series)
    ),
    spans as (
        select
            known.*,
            case $6 when 'previous' then close end as filler,
            lead(bucket, 1, greatest(bucket + interval '1 microsecond', last_end))
                over (order by bucket) as next_bucket
        from known
    )
    select
        slot, $1, series,
        case slot when bucket then open else filler end,
        case slot when bucket then high else filler end,
        case slot when bucket then low else filler end,
        case slot when bucket then close else filler end,
        case slot when bucket then volume else nothing end,
        case slot when bucket then notional else nothing end,
        case slot when bucket then vwap end,
        case slot when bucket then tick_count else 0 end
    from spans
    cross join lateral generate_series(
        bucket, next_bucket - interval '1 microsecond', width
    ) as slot
    where slot >= $3 and (slot = bucket or slot <= now())
    order by slot;
end $$;

comment on function market.filled_candles(text, text, timestamptz, timestamptz, text, text) is
'What market.candles() answers when told to fill.';

drop function market.candles(text, text, timestamptz, timestamptz, text);

do $$
declare
    branches text;
begin
    select string_agg(
        format(
            $sql$
    select bucket, symbol, source, open, high, low, close, volume, notional, vwap, tick_count
    from %s as candles
    where $6 = 'none' and $2 = %L
        and candles.symbol = $1 and source = coalesce($5, market.default_source($1))
        and bucket >= $3 and bucket < $4
    union all
            $sql$,
            ops.relation_of(level), level
        ),
        '' order by "position"
    ) into branches
    from ops.lifecycle where child is not null;
    execute format(
        $sql$
create function market.candles(
    symbol text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null,
    fill text default 'none'
) returns table (
    bucket timestamptz, symbol text, source text,
    open numeric, high numeric, low numeric, close numeric,
    volume numeric, notional numeric, vwap numeric, tick_count bigint
)
language sql stable parallel safe
as $function$ %s
    select * from market.filled_candles($1, $2, $3, $4, $5, $6) where $6 <> 'none'
    union all
    select null, null, null, null, null, null, null, null, null, null, null
    where market.refuse_timeframe($2) or market.refuse_fill($6)
    order by 1
$function$
        $sql$,
        branches
    );
end $$;

comment on function market.candles(text, text, timestamptz, timestamptz, text, text) is
'Candles of a series, oldest first, since <= bucket < until, of 1m 5m 15m 30m 1h 4h 12h or 1d; fill
adds buckets without ticks: `null` empty ones, `previous` such as stay at the close before.';

-- Sorting all candles to find the newest would read them all: those of 1d say where to begin, at
-- the last day but one, since all of the last may come after `before`. Their source is no
-- condition: with that the Apache-2 edition would look into every chunk of ticks.
create function market.last_candle(
    symbol text, timeframe text, before timestamptz default 'infinity', source text default null
) returns setof market.candles_1m
language plpgsql stable parallel safe
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    series constant text := coalesce($4, market.default_source($1));
    days timestamptz [];
begin
    if before = '-infinity' then
        return; -- which TimescaleDB would try to round
    end if;
    days := (
        select array_agg(bucket order by bucket desc) filter (where candles.source = series)
        from market.candles_1d as candles
        where candles.symbol = $1 and bucket < $3
    );
    return query
    select *
    from market.candles($1, $2, coalesce(days[2], days[1], '-infinity'), $3, series)
    order by bucket desc
    limit 1;
end $$;

comment on function market.last_candle(text, text, timestamptz, text) is
'The newest candle of a series whose bucket starts before a time; no row where there is none.';

-- `returns` is a word of SQL, but none that is reserved.
create function market.returns(
    symbol text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null
) returns table (
    bucket timestamptz, symbol text, source text,
    close numeric, simple_return numeric, log_return numeric
)
language sql stable parallel safe
as $$
    with closes as (
        select
            bucket,
            symbol,
            source,
            close,
            coalesce(
                lag(close) over (order by bucket),
                (select close from market.last_candle($1, $2, $3, $5))
            ) as previous
        from market.candles($1, $2, $3, $4, $5)
    )
    select bucket, symbol, source, close, close / previous - 1, ln(close / previous)
    from closes
    order by bucket
$$;

comment on function market.returns(text, text, timestamptz, timestamptz, text) is
'Close against the close of the candle before, be it before `since`: as a fraction and as a log.';

-- Not in SQL: planned with the values at hand it reads the chunks in its range alone.
create function market.vwap(
    symbol text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null
) returns numeric
language plpgsql stable parallel safe
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    series constant text := coalesce($4, market.default_source($1));
    first_minute constant timestamptz := market.first_bucket('1m', $2);
    last_minute constant timestamptz := greatest(
        first_minute, date_bin('1 minute', $3, '2000-01-01 00:00+00')
    );
begin
    return (
        select sum(notional) / nullif(sum(volume), 0)
        from (
            select notional, volume
            from market.candles_1m as candles
            where candles.symbol = $1 and source = series
                and bucket >= first_minute and bucket < last_minute
            union all
            select price * size, size
            from market.ticks
            where ticks.symbol = $1 and source = series
                and ts >= $2 and ts < least(first_minute, $3)
            union all
            select price * size, size
            from market.ticks
            where ticks.symbol = $1 and source = series
                and ts >= last_minute and ts < $3
        ) as parts
    );
end $$;

comment on function market.vwap(text, timestamptz, timestamptz, text) is
'Volume-weighted average price, since <= ts < until: whole minutes from candles_1m, the rest from
ticks; null where no tick has a size.';

create function market.twap(
    symbol text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null
) returns numeric
language sql stable parallel safe
as $$
    select avg(close) from market.candles($1, '1m', $2, $3, $4, 'previous')
$$;

comment on function market.twap(text, timestamptz, timestamptz, text) is
'Time-weighted average price: the mean of the closes of every minute, since <= minute < until, a
minute without ticks counting at the close before it.';

create function market.spread(
    symbol text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null
) returns table (
    bucket timestamptz, symbol text, source text,
    mean_spread numeric, min_spread numeric, max_spread numeric, quote_count bigint
)
language sql stable parallel safe
as $$
    select
        date_bin(market.width_of($2), ts, timestamptz '2000-01-01 00:00+00') as bucket,
        symbol,
        source,
        avg(ask - bid),
        min(ask - bid),
        max(ask - bid),
        count(*)
    from market.ticks
    where ticks.symbol = $1 and source = coalesce($5, market.default_source($1))
        and ts >= market.first_bucket($2, $3) and ts < market.first_bucket($2, $4)
        and bid is not null and ask is not null
    group by 1, 2, 3
    order by 1
$$;

comment on function market.spread(text, text, timestamptz, timestamptz, text) is
'Ask minus bid of the ticks that have both, since <= bucket < until; every quote counts the same.';

-- Wider candles for wider windows, so that it never reads more than some 500 a symbol.
create function market.movers(
    "window" interval default '1 day',
    "limit" integer default 10,
    until timestamptz default now()
) returns table (symbol text, source text, open numeric, close numeric, change_pct numeric)
language sql stable parallel safe
as $$
    with candles as (
        select symbol, source, bucket, open, close
        from market.candles_1m
        where $1 <= interval '6 hours' and bucket >= $3 - $1 and bucket < $3
        union all
        select symbol, source, bucket, open, close
        from market.candles_30m
        where $1 > interval '6 hours' and $1 <= interval '10 days'
            and bucket >= $3 - $1 and bucket < $3
        union all
        select symbol, source, bucket, open, close
        from market.candles_1d
        where $1 > interval '10 days' and bucket >= $3 - $1 and bucket < $3
    ),
    moved as materialized (
        select
            symbol,
            source,
            (array_agg(open order by bucket))[1] as open,
            (array_agg(close order by bucket desc))[1] as close
        from candles
        group by symbol, source
    )
    select
        moved.symbol,
        moved.source,
        moved.open,
        moved.close,
        round((moved.close - moved.open) * 100 / moved.open, 4)
    from market.instruments
    inner join moved on instruments.symbol = moved.symbol
    where moved.source = coalesce(
        instruments.primary_source, market.default_source(instruments.symbol)
    )
    order by abs((moved.close - moved.open) / moved.open) desc, moved.symbol
    limit $2
$$;

comment on function market.movers(interval, integer, timestamptz) is
'The symbols that moved most, up or down, in percent: first open against last close of the candles
that start in the window; those are of 1m up to 6 hours, of 30m up to 10 days, else of 1d.';

-- Trading sessions, and the candles of whole sessions.

create table market.sessions (
    calendar text collate "C" not null,
    session_date date not null,
    open_at timestamptz not null,
    close_at timestamptz not null,
    constraint sessions_pkey primary key (calendar, session_date),
    constraint sessions_open_at unique (calendar, open_at),
    constraint sessions_forward check (open_at < close_at)
);

comment on table market.sessions is
'When an exchange is open, a row a day of trading; written by `stockpulse calendars`.';
comment on column market.sessions.calendar is 'ISO 10383 code of the exchange, XNYS; 24/7: always.';
comment on column market.sessions.session_date is 'The day that the exchange itself calls it.';
comment on column market.sessions.open_at is 'Start of regular trading, inclusive.';
comment on column market.sessions.close_at is
'End of regular trading, exclusive; earlier on half days.';

alter table market.instruments add column calendar text collate "C";
comment on column market.instruments.calendar is
'The market.sessions of market.session_candles(): XNYS, XLON, 24/7; set by people.';

create function market.calendar_of(symbol text, calendar text default null) returns text
language plpgsql stable parallel safe
as $$
declare
    found_calendar text := $2;
begin
    if found_calendar is null then
        select instruments.calendar into found_calendar
        from market.instruments where instruments.symbol = $1;
    end if;
    if found_calendar is null then
        raise exception 'no calendar is known for %', quote_nullable($1)
            using hint = 'name one, or set the column calendar of market.instruments',
                errcode = 'invalid_parameter_value';
    end if;
    if not exists (select from market.sessions where sessions.calendar = found_calendar) then
        raise exception 'calendar % has no sessions', quote_literal(found_calendar)
            using hint = format('stockpulse calendars --calendar %s', found_calendar),
                errcode = 'invalid_parameter_value';
    end if;
    return found_calendar;
end $$;

comment on function market.calendar_of(text, text) is
'The calendar given, else that of the instrument; an error where it has no sessions.';

-- A session's date is that of its own time zone, which is nowhere more than a day from UTC. The
-- limits on buckets are in the planner's terms; the sessions then decide candle by candle.
create function market.session_candles(
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

comment on function market.session_candles(text, date, date, text, text) is
'A candle a trading session, since <= session_date < until, from the 30m candles that lie in it; one
that opens or closes within a candle of 30m has all of that one.';

revoke execute on all functions in schema market from public;
grant execute on all functions in schema market to stockpulse_reader;
grant select on market.sessions to stockpulse_reader;

-- What a login cannot raise for itself: its connections, and the disk its sorts may take.
create procedure ops.add_analyst(
    login text,
    connections integer default 3,
    statement_timeout text default '5min',
    temp_file_limit text default '2GB'
)
language plpgsql
set search_path = pg_catalog
as $$
begin
    call ops.add_reader(login);
    execute format('alter role %I connection limit %s', login, connections);
    execute format('alter role %I set statement_timeout = %L', login, statement_timeout);
    begin
        execute format('alter role %I set temp_file_limit = %L', login, temp_file_limit);
    exception when insufficient_privilege then
        raise warning 'only a superuser may set temp_file_limit: % has none', login;
    end;
end $$;

comment on procedure ops.add_analyst(text, integer, text, text) is
'Makes a login that reads market, as ops.add_reader() does, with limits for any question.';

revoke execute on procedure ops.add_analyst(text, integer, text, text) from public;

reset role;
