-- Dynamic, so that it is planned with the values at hand. Only where two sources are at work must
-- the one that a query means be looked up.
create or replace function market.movers(
    "window" interval default '1 day',
    "limit" integer default 10,
    until timestamptz default now(),
    adjustment text default 'raw'
) returns table (symbol text, source text, open numeric, close numeric, change_pct numeric)
language plpgsql stable parallel safe
as $$
declare
    level text;
    width interval;
begin
    perform market.check_choice('adjustment', adjustment, array['raw', 'split']);
    select known.level, known.level_width into level, width
    from (
        select *, "window" > 500 * level_width as is_too_narrow
        from market.levels_within('24 hours')
    ) as known
    order by
        is_too_narrow,
        case when is_too_narrow then known.level_width end desc,
        known.level_width
    limit 1;
    return query execute format(
        $sql$
        with candles as (
            select symbol, source, bucket, open, close, 1 as rank
            from market.%I
            where bucket >= $1 and bucket < $2 and open is not null
            union all
            select symbol, source, bucket, mid_open, mid_close, 2
            from market.%I
            where bucket >= $1 and bucket < $2 and mid_open is not null
        ),
        ends as materialized (
            select
                coalesce(names.instrument, candles.symbol) as instrument,
                candles.source,
                candles.rank,
                min(candles.bucket) as open_at,
                max(candles.bucket) as close_at,
                (array_agg(candles.symbol order by candles.bucket desc))[1] as symbol,
                (array_agg(candles.open order by candles.bucket))[1] as open,
                (array_agg(candles.close order by candles.bucket desc))[1] as close
            from candles
            left join market.names
                on candles.symbol = names.symbol
                    and candles.bucket >= names.since and candles.bucket < names.until
            group by 1, 2, 3
        ),
        series as ( -- quotes count where there are no trades
            select distinct on (instrument, source) *
            from ends
            order by instrument, source, rank
        ),
        moved as (
            select
                series.symbol,
                series.source,
                coalesce(at_open.price, series.open) as open,
                coalesce(at_close.price, series.close) as close,
                coalesce(
                    instruments.primary_source,
                    case when count(*) over (partition by series.instrument) = 1
                        then series.source
                        else market.default_source(series.symbol)
                    end
                ) as source_meant
            from series
            left join market.instruments on series.instrument = instruments.symbol
            left join lateral (
                select trim_scale(series.open * denominator / numerator) as price
                from market.pieces_of(
                    series.symbol, series.open_at,
                    series.open_at + interval '1 microsecond', 'split'
                )
            ) as at_open on series.instrument = any($3)
            left join lateral (
                select trim_scale(series.close * denominator / numerator) as price
                from market.pieces_of(
                    series.symbol, series.close_at + $4 - interval '1 microsecond',
                    series.close_at + $4, 'split'
                )
            ) as at_close on series.instrument = any($3)
        )
        select
            symbol,
            source,
            open,
            close,
            case when open > 0 then round((close - open) * 100 / open, 4) end
        from moved
        where source = source_meant
        order by case when open > 0 then abs((close - open) / open) end desc nulls last, symbol
        limit $5
        $sql$,
        'candles_' || level, 'quote_candles_' || level
    )
    using until - "window", until,
        array(
            select instrument
            from market.corporate_actions
            where adjustment = 'split' and kind = 'split'
                and ex_at > until - "window" and ex_at <= now()
        ),
        width, "limit";
end $$;

comment on function market.movers is
'The instruments that moved most, up or down, in percent: first open against last close of the
candles that start in the window, of the narrowest level with no more than 500 of them; mid prices
where there are no trades; null where the first is not above zero.';

revoke execute on function market.movers from public;
grant execute on function market.movers to stockpulse_reader;
