create or replace function market.coverage(
    symbol text,
    timeframe text default '1m',
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null,
    price text default null
) returns setof market.stretch
language plpgsql stable parallel safe
as $$
declare
    series constant text := coalesce(lower($5), market.default_source($1));
    price_read text;
    events text;
    frame record;
    first_ts timestamptz;
    last_ts timestamptz;
    pending tstzmultirange;
begin
    perform market.check_choice(
        'price', coalesce(price, 'trade'), array['trade', 'mid', 'bid', 'ask']
    );
    frame := market.timeframe_of($2);
    if series is null then
        return;
    end if;
    price_read := coalesce(price, market.default_price($1, series));
    events := case price_read when 'trade' then 'trades' else 'quotes' end;
    select
        coalesce(range_agg(tstzrange(
            market.bucket_of(waiting.since, frame.width, frame.months),
            market.first_bucket(waiting.until, frame.width, frame.months)
        )), '{}')
    into pending
    from market.pending() as waiting
    where waiting.kind = events and waiting.timeframe = frame.level;
    select
        greatest(least(min(day), lower(pending)), $3),
        least(now(), $4)
    into first_ts, last_ts
    from market.segments_of($1) as segment
    cross join market.days_of(
        events, segment.symbol, series,
        greatest($3, segment.since), least($4, segment.until)
    ) as day
    having count(*) > 0;
    if first_ts is null or first_ts >= last_ts then
        return;
    end if;
    return query
    select lower(stretch), upper(stretch), stretches.state
    from (
        values
        ('pending', pending * tstzmultirange(tstzrange(first_ts, last_ts))),
        ('complete', tstzmultirange(tstzrange(first_ts, last_ts)) - pending)
    ) as stretches (state, ranges)
    cross join unnest(stretches.ranges) as stretch
    order by 1;
end $$;

comment on function market.coverage is
'What may be relied on in the candles of a series: stretches in order, since <= bucket < until, from
its first day to now. complete: every event that is stored is in them; pending: some may be missing or
lack events until the next refresh, within a minute. The parameters are those of market.candles().';

revoke execute on function market.coverage from public;
grant execute on function market.coverage to stockpulse_reader;
