create or replace function market.bar_page(
    symbols text [],
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null,
    max_bars integer default 1000,
    newest_first boolean default false,
    share text default 'in turn',
    after_symbol text default null,
    after_source text default null,
    after_bucket timestamptz default null,
    price text default null,
    adjustment text default 'raw'
) returns setof market.candle
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    names text [];
    sources text [];
    missing integer := max_bars;
    found_bars integer;
    edge timestamptz;
begin
    perform market.check_choice('share', share, array['in turn', 'by time', 'each']);
    perform market.check_choice(
        'price', coalesce(price, 'trade'), array['trade', 'mid', 'bid', 'ask']
    );
    perform market.check_choice('adjustment', adjustment, array['raw', 'split']);
    select
        coalesce(array_agg(symbol order by symbol), '{}'),
        array_agg(source order by symbol)
    into names, sources
    from (
        select
            symbol,
            coalesce(
                lower($5),
                case when symbol = after_symbol then after_source end,
                market.default_source(symbol)
            ) as source
        from (
            select symbol from market.instruments where symbol = any(symbols)
            union
            select symbol from market.names where symbol = any(symbols)
        ) as known
        where after_symbol is null or symbol >= after_symbol
    ) as series;
    if share = 'by time' and cardinality(names) > 1 then
        if max_bars is not null then
            -- Up to this bucket all symbols together have at least max_bars bars.
            edge := (
                select bucket
                from unnest(names, sources) as series (symbol, source)
                cross join lateral market.series_bars(
                    series.symbol, series.source, timeframe, $3, $4,
                    (max_bars + cardinality(names) - 1) / cardinality(names), newest_first,
                    price, adjustment
                )
                order by case when newest_first then bucket end desc, bucket
                offset max_bars - 1
                limit 1
            );
        end if;
        return query
        select bars.*
        from unnest(names, sources) as series (symbol, source)
        cross join lateral market.series_bars(
            series.symbol, series.source, timeframe,
            case when newest_first then greatest($3, edge) else $3 end,
            case when newest_first then $4 else least($4, edge + interval '1 microsecond') end,
            max_bars, newest_first, price, adjustment
        ) as bars
        order by case when newest_first then bars.bucket end desc, bars.bucket, bars.symbol
        limit max_bars;
        return;
    end if;
    for n in 1 .. cardinality(names) loop
        return query
        select *
        from market.series_bars(
            names[n], sources[n], timeframe,
            case
                when names[n] = after_symbol and not newest_first
                    then after_bucket + interval '1 microsecond'
                else $3
            end,
            case when names[n] = after_symbol and newest_first then after_bucket else $4 end,
            missing, newest_first, price, adjustment
        );
        if share <> 'each' then
            get diagnostics found_bars = row_count;
            missing := missing - found_bars;
            exit when missing = 0;
        end if;
    end loop;
end $$;

comment on function market.bar_page is
'One page of candles of several symbols, since <= bucket < until, ascending or with newest_first
descending. `share` says how the symbols share max_bars: `in turn`, each to its end before the next;
`by time`, the first bars of all together; `each`, as many bars of every symbol. In turn, the next
page begins after the last candle of this one: after_symbol, after_source, after_bucket. max_bars null
returns all. Timeframe, price and adjustment as in market.candles(); candles without a price are left
out.';

revoke execute on function market.bar_page from public;
grant execute on function market.bar_page to stockpulse_reader;
