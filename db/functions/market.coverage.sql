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
    end_at constant timestamptz := least(now(), $4);
    price_read text;
    events text;
    frame record;
    feed record;
    fed_from timestamptz; -- the bucket of the first feed
    first_day timestamptz;
    start_at timestamptz;
    asked tstzmultirange;
    pending tstzmultirange;
    complete tstzmultirange := '{}';
    fed tstzmultirange;
    closed tstzmultirange;
    missing tstzmultirange;
    archived tstzmultirange;
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
    feed := market.feed(
        $1, series, case price_read when 'trade' then 'trade' else 'quote' end,
        market.bucket_of($3, frame.width, frame.months),
        market.first_bucket(end_at, frame.width, frame.months)
    );
    fed_from := coalesce(
        market.bucket_of(feed.first_at, frame.width, frame.months), 'infinity'
    );
    pending := market.touched_buckets(
        (
            select range_agg(tstzrange(behind.since, behind.until))
            from market.pending() as behind
            where behind.kind = events and behind.timeframe = frame.level
        ),
        frame.width, frame.months
    );
    if fed_from > $3 then
        select least(min(day), case when count(*) > 0 then lower(pending) end) into first_day
        from market.segments_of($1) as segment
        cross join market.days_of(
            events, segment.symbol, series, segment.since, least(end_at, segment.until)
        ) as day;
    end if;
    start_at := greatest(least(first_day, fed_from), $3);
    if start_at >= end_at then
        return;
    end if;
    asked := tstzmultirange(tstzrange(start_at, end_at));
    fed := market.whole_buckets(feed.covered, frame.width, frame.months)
        * market.touched_buckets(asked, frame.width, frame.months);
    if not isempty(fed) then
        complete := fed * market.touched_buckets(
            (
                select range_agg(times)
                from market.segments_of($1) as segment
                cross join market.event_times(
                    events, frame.level, frame.level_width, segment.symbol, series,
                    greatest(lower(fed), segment.since), least(upper(fed), segment.until)
                ) as times
            ),
            frame.width, frame.months
        );
    end if;
    pending := pending
        + (market.touched_buckets(feed.awaited, frame.width, frame.months) - fed);
    closed := market.whole_buckets(
        market.closed_times($1, series, start_at, end_at), frame.width, frame.months
    ) - complete;
    missing := multirange(tstzrange(fed_from, 'infinity')) - fed - closed - pending;
    archived := market.touched_buckets(
        market.archived_times(events, frame.level) * asked, frame.width, frame.months
    ) - pending - missing;
    return query
    select lower(stretch), upper(stretch), stretches.state
    from (
        values
        ('pending', pending),
        ('archived', archived),
        ('complete', complete - archived - pending),
        ('no trades', fed - complete - closed - archived - pending),
        ('closed', closed - archived - pending),
        ('no feed', missing),
        ('unknown', multirange(tstzrange('-infinity', fed_from)) - closed - archived - pending)
    ) as stretches (state, ranges)
    cross join unnest(stretches.ranges * asked) as stretch
    order by 1;
end $$;

comment on function market.coverage is
'What is known of the candles of a series: stretches in order, since <= bucket < until, from its
first day or feed to now, as market.stretch.state says; a bucket is judged as a whole. The parameters
are those of market.candles().';

revoke execute on function market.coverage from public;
grant execute on function market.coverage to stockpulse_reader;
