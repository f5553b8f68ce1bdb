-- Series that are read from about the same time on share a statement: one plan for all of a
-- timeframe, where market.series_bars() takes some for each. What is rare goes by that function:
-- long ranges, and instruments that were renamed.
create or replace function market.stream_bars(
    numbers integer [],
    symbols text [],
    sources text [],
    prices text [],
    timeframes text [],
    sinces timestamptz [],
    untils timestamptz [],
    max_bars integer default 1000
) returns table (number integer, bar market.candle, ends_at timestamptz)
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, public, pg_temp
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
#variable_conflict use_column
declare
    most_at_once constant integer := 3600; -- buckets of a series
    part record;
    reads record;
begin
    for part in
        select
            series.price,
            frame.*,
            near.is_near,
            min(series.since) as since,
            max(series.until) as until,
            array_agg(series.number) as numbers,
            array_agg(series.symbol) as symbols,
            array_agg(series.source) as sources,
            array_agg(series.since) as sinces,
            array_agg(series.until) as untils,
            array_agg(series.timeframe) as timeframes
        from unnest($1, $2, $3, $4, $5, $6, $7)
            as series (number, symbol, source, price, timeframe, since, until)
        cross join lateral (
            select * from market.timeframe_of(series.timeframe) limit 1
        ) as frame
        cross join lateral (
            select
                extract(epoch from frame.width) as seconds,
                case
                    when isfinite(series.since)
                        then least(series.until, now()) - series.since < most_at_once * frame.width
                        and not exists (
                            select from market.names
                            where names.symbol = series.symbol or names.instrument = series.symbol
                        )
                    else false
                end as is_near
            limit 1
        ) as near
        where series.since < series.until
        -- those that go on by how far back they begin, others by where they are
        group by series.price, frame.level, frame.level_width, frame.width, frame.months,
            near.is_near,
            case
                when not near.is_near then null
                when series.until = 'infinity' then ceil(log(2, greatest(
                    4, extract(epoch from now() - series.since) / near.seconds
                )))
                else -floor(extract(epoch from series.until) / near.seconds / 600)
            end
    loop
        if not part.is_near then
            return query
            select series.number, bars, bars.bucket + part.width
            from unnest(
                part.numbers, part.symbols, part.sources, part.timeframes, part.sinces, part.untils
            ) as series (number, symbol, source, timeframe, since, until)
            cross join lateral market.series_bars(
                series.symbol, series.source, series.timeframe, series.since, series.until,
                $8, false, part.price
            ) as bars;
            continue;
        end if;
        reads := ops.level_query(
            case part.price when 'trade' then 'trades' else 'quotes' end,
            part.level, part.since, part.until, true
        );
        return query execute format(
            $sql$
            select
                series.number,
                row(
                    made.start, made.symbol, made.source,
                    made.open, made.high, made.low, made.close,
                    made.volume, made.vwap_volume, made.notional, made.vwap,
                    made.tick_count, made.mean_spread, null
                )::market.candle,
                made.start + $7
            from unnest($5, $1, $2, $6, $9)
                as series (number, symbol, source, since, until)
            inner join (
                select market.bucket_of(start, $7, $8), symbol, source, %s
                from (select symbol, source, %s from (%s) as candles) as candles
                group by 1, 2, 3
            ) as made (
                start, symbol, source, open, high, low, close,
                volume, vwap_volume, notional, vwap, tick_count, mean_spread
            )
                on series.symbol = made.symbol and series.source = made.source
                    and made.start >= series.since and made.start < series.until
            where made.open is not null
            $sql$,
            market.merged_columns(), market.level_columns(part.price), reads.query
        )
        using part.symbols, part.sources, reads.sinces, reads.untils,
            part.numbers, part.sinces, part.width, part.months, part.untils;
    end loop;
end $$;

comment on function market.stream_bars is
'The bars of many series, each with the number of its item of the arrays and its end, in any order:
those that have a price, since <= bucket < until, without bars of vendors. Source and price must be
known: market.stream_series() tells them. Of an item of more than an hour of seconds, 3600 minutes
and so on, or of a renamed instrument, the first max_bars; of another one all.';

revoke execute on function market.stream_bars from public;
grant execute on function market.stream_bars to stockpulse_reader;
