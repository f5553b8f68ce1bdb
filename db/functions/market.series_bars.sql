-- Generated from ops.lifecycle: for each level a statement per tree and direction, for the candles
-- that are stored. A statement with a fixed relation and order keeps its plan for the life of a
-- connection and reads through the index; a level that is not read is never planned.
do $do$
declare
    of_trades constant text := $sql$
        select bucket, symbol, source, open, high, low, close,
            volume, vwap_volume, notional, vwap, tick_count, null::numeric, null
        from %1$s as candles
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
            null::numeric, null::numeric, null::numeric, quote_count, mean_spread, null
        from %1$s as candles
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
                format(of_trades, trades, 'desc'), format(of_trades, trades, ''),
                format(of_quotes, quotes, 'desc'), format(of_quotes, quotes, '')
            ),
            E'\n' order by "position"
        ),
        string_agg(
            format('when %L then %s', level, extract(epoch from width)), ' ' order by "position"
        ) filter (where width is not null)
    into branches, widths
    from (
        select level, width, "position", 'ops.candles_' || level, 'ops.quote_candles_' || level
        from ops.lifecycle
        where kind = 'trades' and level is not null
        union all
        select
            'computed', null, -1,
            'market.trade_candles(timeframe, $1, $2, stretch.since, stretch.until)',
            'market.quote_candles(timeframe, $1, $2, stretch.since, stretch.until)'
    ) as sources (level, width, "position", trades, quotes);
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
security definer
set search_path = pg_catalog, public, pg_temp
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
    stored record;
    stretch record;
    -- A window of about as many bars as are asked for is one stretch: looking for the days on which
    -- the series has any would take as long as reading them.
    is_short constant boolean := coalesce(
        case when isfinite(since) and isfinite(until) then until - since <= 2 * stretch_width end,
        false
    );
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
        select first_stored as since, greatest(first_stored, watermark) as until
        into stored
        from ops.watermarks
        where relation = case price_read when 'trade' then 'candles_' else 'quote_candles_' end
            || timeframe;
        for stretch in
            select
                greatest(days.since, part.since) as since,
                least(days.until, part.until) as until,
                part.source
            from (
                select
                    greatest($4, date_bin(stretch_width, day, origin)) as since,
                    least($5, date_bin(stretch_width, day, origin) + stretch_width) as until
                from market.days_of(
                    case price_read when 'trade' then 'trades' else 'quotes' end, $1, $2, $4, $5
                ) as day
                where not is_short
                group by 1, 2
                union all
                select $4, $5
                where is_short
            ) as days
            inner join (
                values
                ('-infinity', stored.since, 'computed'),
                (stored.since, stored.until, timeframe),
                (stored.until, 'infinity', 'computed')
            ) as part (since, until, source)
                on greatest(days.since, part.since) < least(days.until, part.until)
            order by case when newest_first then days.until end desc, days.until,
                case when newest_first then part.until end desc, part.until
        loop
            case stretch.source
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
