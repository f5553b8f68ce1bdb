-- Generated from ops.lifecycle: two statements per level, one for each direction. A statement with
-- a fixed relation and order keeps its plan for the life of a connection and reads through the
-- index; a level that is not read is never planned.
do $do$
declare
    branch constant text := $branch$
        when %1$L then
            if newest_first then
                return query
                select bucket, symbol, source, open, high, low, close,
                    volume, notional, vwap, tick_count
                from %2$s as candles
                where candles.symbol = $1 and candles.source = $2
                    and candles.bucket >= stretch.since and candles.bucket < stretch.until
                order by candles.bucket desc
                limit missing;
            else
                return query
                select bucket, symbol, source, open, high, low, close,
                    volume, notional, vwap, tick_count
                from %2$s as candles
                where candles.symbol = $1 and candles.source = $2
                    and candles.bucket >= stretch.since and candles.bucket < stretch.until
                order by candles.bucket
                limit missing;
            end if;
    $branch$;
    branches text;
begin
    select string_agg(format(branch, level, ops.relation_of(level)), '' order by "position")
    into branches
    from ops.lifecycle
    where child is not null;
    execute format(
        $create$
create or replace function market.series_bars(
    symbol text,
    source text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    max_bars integer default 1000,
    newest_first boolean default false
) returns setof market.candles_1m
language plpgsql stable parallel safe
-- A bitmap scan reads and sorts all bars of a stretch to find the first ones.
set enable_bitmapscan = off
-- Planning for hundreds of chunks takes longer than reading a page.
set plan_cache_mode = force_generic_plan
as $function$
#variable_conflict use_column
declare
    -- Whole days, so that no bar lies in two stretches, and at least as many as max_bars bars take.
    -- In hours: in some time zones an interval of a day has 23 or 25. Null if max_bars is, which
    -- makes one stretch of the whole window.
    stretch_width constant interval := interval '24 hours' * ceil(
        case when max_bars < 1 then 1 else max_bars end
        * extract(epoch from market.width_of($3)) / 86400
    );
    origin constant timestamptz := '2000-01-03 00:00+00';
    stretch record;
    missing integer := max_bars;
    found_bars integer;
begin
    for stretch in
        select
            greatest($4, first_day) as since,
            least($5, first_day + stretch_width) as until
        from (
            select date_bin(stretch_width, bucket, origin) as first_day
            from (
                select bucket
                from market.candles_1d as candles
                where candles.symbol = $1 and candles.source = $2
                union all
                -- late ticks reach candles_1d up to an hour after the narrower candles
                select generate_series(
                    date_bin('24 hours', now(), origin) - interval '240 hours',
                    now(), interval '24 hours'
                )
            ) as days
            where bucket > $4 - interval '24 hours' and bucket < $5
            group by 1
        ) as stretches
        order by case when newest_first then first_day end desc, first_day
    loop
        case timeframe
        %s
        end case;
        get diagnostics found_bars = row_count;
        missing := missing - found_bars;
        exit when missing = 0;
    end loop;
end $function$
        $create$,
        branches
    );
end $do$;

comment on function market.series_bars is
'The first max_bars candles of one series, since <= bucket < until; with newest_first the last ones.
max_bars null returns all. Reads only days on which candles_1d has the series.';

revoke execute on function market.series_bars from public;
grant execute on function market.series_bars to stockpulse_reader;
