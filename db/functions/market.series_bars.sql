-- Generated from ops.lifecycle: for each level a statement per tree and direction. A statement with
-- a fixed relation and order keeps its plan for the life of a connection and reads through the
-- index; a level that is not read is never planned.
do $do$
declare
    of_trades constant text := $sql$
        select bucket, symbol, source, open, high, low, close,
            volume, vwap_volume, notional, vwap, tick_count, null::numeric
        from market.candles_%1$s as candles
        where candles.symbol = $1 and candles.source = $2
            and candles.bucket >= stretch.since and candles.bucket < stretch.until
            and open is not null
        order by candles.bucket %2$s
        limit missing
    $sql$;
    of_quotes constant text := $sql$
        select bucket, symbol, source,
            case price_read when 'bid' then bid_open when 'ask' then ask_open else mid_open end,
            case price_read when 'bid' then bid_high when 'ask' then ask_high else mid_high end,
            case price_read when 'bid' then bid_low when 'ask' then ask_low else mid_low end,
            case price_read when 'bid' then bid_close when 'ask' then ask_close else mid_close end,
            case price_read when 'bid' then bid_volume when 'ask' then ask_volume end,
            null::numeric, null::numeric, null::numeric, quote_count, mean_spread
        from market.quote_candles_%1$s as candles
        where candles.symbol = $1 and candles.source = $2
            and candles.bucket >= stretch.since and candles.bucket < stretch.until
            and case price_read
                when 'bid' then bid_open when 'ask' then ask_open else mid_open
            end is not null
        order by candles.bucket %2$s
        limit missing
    $sql$;
    branches text;
    widths text;
begin
    select
        string_agg(
            format(
                E'when %L then\nif price_read = ''trade'' then\n'
                'if newest_first then return query %s; else return query %s; end if;\nelse\n'
                'if newest_first then return query %s; else return query %s; end if;\nend if;',
                level,
                format(of_trades, level, 'desc'), format(of_trades, level, ''),
                format(of_quotes, level, 'desc'), format(of_quotes, level, '')
            ),
            E'\n' order by "position"
        ),
        string_agg(
            format('when %L then %s', level, extract(epoch from width)), ' ' order by "position"
        )
    into branches, widths
    from ops.lifecycle
    where kind = 'trades' and level is not null;
    execute format(
        $create$
create or replace function market.series_bars(
    symbol text,
    source text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    max_bars integer default 1000,
    newest_first boolean default false,
    price text default null,
    adjustment text default 'raw'
) returns setof market.candle
language plpgsql stable parallel safe
-- A bitmap scan reads and sorts all bars of a stretch to find the first ones.
set enable_bitmapscan = off
-- Planning for hundreds of chunks takes longer than reading a page.
set plan_cache_mode = force_generic_plan
as $function$
#variable_conflict use_column
declare
    price_read constant text := coalesce(price, 'trade');
    level_seconds constant integer := case timeframe %s end;
    -- Whole days, so that no bar lies in two stretches, and at least as many as max_bars bars take.
    -- In hours: in some time zones an interval of a day has 23 or 25. Null if max_bars is, which
    -- makes one stretch of the whole window.
    stretch_width constant interval := interval '24 hours' * ceil(
        case when max_bars < 1 then 1 else max_bars end * level_seconds::numeric / 86400
    );
    origin constant timestamptz := '2000-01-03 00:00+00';
    stretch record;
    missing integer := max_bars;
    found_bars integer;
    is_empty boolean := true;
begin
    if level_seconds is null
        or exists (select from market.names where names.symbol = $1 or names.instrument = $1)
        or adjustment <> 'raw' and exists (
            select from market.corporate_actions as actions where actions.instrument = $1
        )
    then
        return query
        select * from market.built_bars(
            $1, $2, $3, $4, $5, $6, $7, price_read, adjustment
        );
        is_empty := not found;
    else
        for stretch in
            select
                greatest($4, first_day) as since,
                least($5, first_day + stretch_width) as until
            from (
                select date_bin(stretch_width, bucket, origin) as first_day
                from (
                    select bucket
                    from market.candles_1d as candles
                    where price_read = 'trade' and candles.symbol = $1 and candles.source = $2
                    union all
                    select bucket
                    from market.quote_candles_1d as candles
                    where price_read <> 'trade' and candles.symbol = $1 and candles.source = $2
                    union all
                    -- late events reach candles_1d up to an hour after the narrower candles
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
            is_empty := is_empty and found_bars = 0;
            exit when missing = 0;
        end loop;
    end if;
    -- whether the series has trades at all is looked up only if it has none here
    if is_empty and price is null and market.default_price($1, $2) <> 'trade' then
        return query
        select * from market.series_bars($1, $2, $3, $4, $5, $6, $7, 'mid', adjustment);
    end if;
end $function$
        $create$,
        widths, branches
    );
end $do$;

comment on function market.series_bars is
'The first max_bars candles of one series that have a price, since <= bucket < until; with
newest_first the last ones. max_bars null returns all. Timeframe, price and adjustment as in
market.candles(). Reads only days on which the daily candles have the series.';

revoke execute on function market.series_bars from public;
grant execute on function market.series_bars to stockpulse_reader;
