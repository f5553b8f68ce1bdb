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
    adjustment text default 'raw',
    vendor boolean default true,
    known_sources text [] default null
) returns setof market.candle
language plpgsql stable parallel safe
as $$
#variable_conflict use_column
declare
    names text [];
    sources text [];
    shows_vendors boolean []; -- whether there are bars of vendors to show
    missing integer := max_bars;
    found_bars integer;
    edge timestamptz;
    first_bar timestamptz;
    end_of_bars timestamptz;
begin
    perform market.check_choice('share', share, array['in turn', 'by time', 'each']);
    perform market.check_choice(
        'price', coalesce(price, 'trade'), array['trade', 'mid', 'bid', 'ask']
    );
    perform market.check_choice('adjustment', adjustment, array['raw', 'split']);
    select
        coalesce(array_agg(symbol order by symbol), '{}'),
        array_agg(source order by symbol),
        array_agg(
            $14 and coalesce($12, 'trade') = 'trade'
            and exists (select from market.vendor_series(symbol, lower($5)))
            order by symbol
        )
    into names, sources, shows_vendors
    from (
        select
            symbol,
            coalesce(
                lower($5),
                case when symbol = after_symbol then after_source end,
                known_sources[array_position(symbols, symbol)],
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
                from unnest(names, sources, shows_vendors) as series (symbol, source, shows)
                cross join lateral (
                    select (max_bars + cardinality(names) - 1) / cardinality(names) as bars
                ) as most
                cross join lateral (
                    select bucket
                    from market.series_bars(
                        series.symbol, series.source, timeframe, $3, $4,
                        most.bars, newest_first, price, adjustment
                    )
                    where not series.shows
                    union all
                    select bucket
                    from market.bars_with_vendors(
                        series.symbol, series.source, timeframe, $3, $4,
                        most.bars, newest_first, price, adjustment, lower($5)
                    )
                    where series.shows
                ) as bars
                order by case when newest_first then bucket end desc, bucket
                offset max_bars - 1
                limit 1
            );
        end if;
        return query
        select bars.*
        from unnest(names, sources, shows_vendors) as series (symbol, source, shows)
        cross join lateral (
            select
                case when newest_first then greatest($3, edge) else $3 end as since,
                case
                    when newest_first then $4 else least($4, edge + interval '1 microsecond')
                end as until
        ) as span
        cross join lateral (
            select *
            from market.series_bars(
                series.symbol, series.source, timeframe, span.since, span.until,
                max_bars, newest_first, price, adjustment
            )
            where not series.shows
            union all
            select *
            from market.bars_with_vendors(
                series.symbol, series.source, timeframe, span.since, span.until,
                max_bars, newest_first, price, adjustment, lower($5)
            )
            where series.shows
        ) as bars
        order by case when newest_first then bars.bucket end desc, bars.bucket, bars.symbol
        limit max_bars;
        return;
    end if;
    for n in 1 .. cardinality(names) loop
        first_bar := case
            when names[n] = after_symbol and not newest_first
                then after_bucket + interval '1 microsecond'
            else $3
        end;
        end_of_bars := case
            when names[n] = after_symbol and newest_first then after_bucket else $4
        end;
        if shows_vendors[n] then
            return query
            select *
            from market.bars_with_vendors(
                names[n], sources[n], timeframe, first_bar, end_of_bars,
                missing, newest_first, price, adjustment, lower($5)
            );
        else
            return query
            select *
            from market.series_bars(
                names[n], sources[n], timeframe, first_bar, end_of_bars,
                missing, newest_first, price, adjustment
            );
        end if;
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
returns all. Timeframe, price, adjustment and vendor as in market.candles(); candles without a price are
left out, and a bar of a vendor may stand in for one. known_sources: what market.default_source() has
just said of each of the symbols, null where it has to be asked.';

revoke execute on function market.bar_page from public;
grant execute on function market.bar_page to stockpulse_reader;
