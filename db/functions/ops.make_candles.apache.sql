create or replace procedure ops.make_candles(
    level text, child text, width interval, spans ops.span []
)
language plpgsql
set search_path = pg_catalog, public
as $$
declare
    first_ts timestamptz;
    last_ts timestamptz;
begin
    select min(since), max(until) into first_ts, last_ts from unnest(spans);
    execute format($sql$
        delete from ops.%I as candle
        using unnest($1) as span
        where candle.symbol = span.symbol and candle.bucket >= span.since and candle.bucket < span.until
            and candle.bucket >= $2 and candle.bucket < $3
    $sql$, 'candles_' || level) using spans, first_ts, last_ts;
    if child = 'ticks' then
        -- To fetch a twelfth of the chunks row by row through the index takes longer
        -- than to read them whole: 6.9 s against 4.2 s for 3 million ticks of two hours.
        perform set_config('enable_nestloop', 'off', true)
        from unnest(spans) as span
        having sum(span.until - span.since) >= (
            select count(*) * greatest(last_ts - first_ts, lifecycle.chunk) / 12
            from market.instruments
            cross join ops.lifecycle
            where lifecycle.level = 'ticks'
            group by lifecycle.chunk
        );
        insert into ops.candles_1m
        select
            time_bucket(width, ts) as bucket,
            tick.symbol,
            source,
            first(price, ord),
            max(price),
            min(price),
            last(price, ord),
            sum(size),
            sum(price * size),
            sum(price * size) / nullif(sum(size), 0),
            count(*)
        from unnest(spans) as span
        inner join market.ticks as tick
            on tick.symbol = span.symbol and tick.ts >= span.since and tick.ts < span.until
        where tick.ts >= first_ts and tick.ts < last_ts
        group by 1, 2, 3;
        set local enable_nestloop to default;
    else
        execute format($sql$
            insert into ops.%I
            select
                time_bucket($4, bucket) as bucket,
                candle.symbol,
                source,
                first(open, bucket),
                max(high),
                min(low),
                last(close, bucket),
                sum(volume),
                sum(notional),
                sum(notional) / nullif(sum(volume), 0),
                sum(tick_count)::bigint
            from unnest($1) as span
            inner join ops.%I as candle
                on candle.symbol = span.symbol
                    and candle.bucket >= span.since and candle.bucket < span.until
            where candle.bucket >= $2 and candle.bucket < $3
            group by 1, 2, 3
        $sql$, 'candles_' || level, 'candles_' || child) using spans, first_ts, last_ts, width;
    end if;
end $$;

comment on procedure ops.make_candles is
'Replaces the stored candles of one level within the spans.';
