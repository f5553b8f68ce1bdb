create schema legacy authorization stockpulse_owner;

set local role stockpulse_owner;

comment on schema legacy is
'Tables of earlier projects as views: with search_path = legacy their queries run as they stand.';
grant usage on schema legacy to stockpulse_reader;

-- Of each symbol the primary source, where it has one: these tables knew no sources.

create view legacy.stock_ticks as
select
    (extract(epoch from trades.ts) * 1000000)::bigint as id,
    trades.symbol,
    trades.price,
    trades.size as volume,
    trades.ts as event_time,
    coalesce(trades.received_at, trades.ts) as created_at
from market.trades
left join market.instruments on trades.symbol = instruments.symbol
where trades.source = coalesce(instruments.primary_source, trades.source);

comment on view legacy.stock_ticks is 'Trades.';
comment on column legacy.stock_ticks.id is
'In the order of time, not unique: microseconds since 1970.';

create view legacy.stock_bars_1m as
select
    (extract(epoch from candles.bucket) * 1000000)::bigint as id,
    candles.symbol,
    candles.bucket as bucket_start,
    candles.open,
    candles.high,
    candles.low,
    candles.close,
    coalesce(candles.volume, 0) as volume_sum,
    candles.tick_count,
    candles.bucket + interval '1 minute' as created_at
from market.candles_1m as candles
left join market.instruments on candles.symbol = instruments.symbol
where candles.source = coalesce(instruments.primary_source, candles.source)
    and candles.open is not null;

comment on view legacy.stock_bars_1m is 'Candles of a minute that have a price.';
comment on column legacy.stock_bars_1m.id is
'In the order of time, not unique: microseconds since 1970.';

create view legacy.etl_runs as
select
    id,
    loader as source,
    messages as records_processed,
    'success'::text as status,
    loaded_at - make_interval(secs => seconds) as started_at,
    loaded_at as completed_at
from ops.load_batches;

comment on view legacy.etl_runs is 'Batches that loaders stored.';
comment on column legacy.etl_runs.source is 'Host and process id of the loader.';
comment on column legacy.etl_runs.records_processed is 'Messages consumed.';

create view legacy.stock_prices as
select
    (extract(epoch from trades.ts) * 1000000)::bigint as id,
    trades.symbol,
    trades.price,
    trades.size as volume,
    trades.ts at time zone 'UTC' as "timestamp",
    floor(extract(epoch from coalesce(trades.received_at, trades.ts)))::bigint as fetch_timestamp,
    coalesce(trades.received_at, trades.ts) at time zone 'UTC' as created_at
from market.trades
left join market.instruments on trades.symbol = instruments.symbol
where trades.source = coalesce(instruments.primary_source, trades.source);

comment on view legacy.stock_prices is 'Trades, with times of UTC without a zone.';
comment on column legacy.stock_prices.id is
'In the order of time, not unique: microseconds since 1970.';
comment on column legacy.stock_prices.fetch_timestamp is 'Seconds since 1970.';

create view legacy.stock_metrics as
select
    (extract(epoch from minutes.bucket) * 1000000)::bigint as id,
    minutes.symbol,
    minutes.bucket at time zone 'UTC' as window_start,
    (minutes.bucket + interval '1 minute') at time zone 'UTC' as window_end,
    minutes.avg_price,
    minutes.max_price,
    minutes.min_price,
    minutes.avg_volume,
    (minutes.bucket + interval '1 minute') at time zone 'UTC' as created_at
from (
    select
        trades.symbol,
        date_bin('1 minute', trades.ts, timestamptz '2000-01-03 00:00+00') as bucket,
        avg(trades.price) as avg_price,
        max(trades.price) as max_price,
        min(trades.price) as min_price,
        avg(trades.size) as avg_volume
    from market.trades
    left join market.instruments on trades.symbol = instruments.symbol
    where trades.source = coalesce(instruments.primary_source, trades.source)
    group by 1, 2
) as minutes;

comment on view legacy.stock_metrics is
'Figures of windows of a minute over all trades, with times of UTC without a zone.';
comment on column legacy.stock_metrics.id is
'In the order of time, not unique: microseconds since 1970.';
comment on column legacy.stock_metrics.avg_price is 'Mean of the prices, whatever the sizes.';
comment on column legacy.stock_metrics.avg_volume is 'Mean size of the trades.';

-- Pairs were written EURUSD, without their venue.

create view legacy.pairs as
select
    names.symbol,
    names.pair,
    case
        when names.asset_class is not null then names.asset_class = 'fx'
        else names.pair ~ (
            '^(AUD|CAD|CHF|CNH|CZK|DKK|EUR|GBP|HKD|HUF|JPY|MXN|NOK|NZD|PLN|SEK|SGD|TRY|USD|ZAR)'
            || '(AUD|CAD|CHF|CNH|CZK|DKK|EUR|GBP|HKD|HUF|JPY|MXN|NOK|NZD|PLN|SEK|SGD|TRY|USD|ZAR)$'
        )
    end as is_forex,
    names.pair ~ '^(BTC|XBT)' as is_bitcoin
from (
    select
        symbol,
        asset_class,
        coalesce(
            base || quote,
            translate(upper(regexp_replace(symbol, '^.*:', '')), '/-_ ', '')
        ) as pair
    from market.instruments
) as names;

comment on view legacy.pairs is 'Instruments of forex_ticks, bitcoin_ticks and their candles.';
comment on column legacy.pairs.symbol is 'As in market.instruments.';
comment on column legacy.pairs.pair is 'Base and quote with nothing between them: EURUSD.';
comment on column legacy.pairs.is_forex is 'Two currencies, or asset_class fx.';

create view legacy.forex_ticks as
select
    quotes.ts as "time",
    pairs.pair as symbol,
    quotes.bid,
    quotes.ask,
    quotes.bid_size,
    quotes.ask_size,
    quotes.ask - quotes.bid as spread,
    (quotes.bid + quotes.ask) * 0.5 as mid_price,
    quotes.source
from legacy.pairs
inner join market.quotes on pairs.symbol = quotes.symbol
where pairs.is_forex and quotes.bid is not null and quotes.ask is not null;

comment on view legacy.forex_ticks is 'Quotes of pairs of currencies that have both sides.';

create view legacy.bitcoin_ticks as
select
    quotes.ts as "time",
    pairs.pair as symbol,
    quotes.bid,
    quotes.ask,
    quotes.bid_size,
    quotes.ask_size,
    quotes.ask - quotes.bid as spread,
    (quotes.bid + quotes.ask) * 0.5 as mid_price,
    quotes.source
from legacy.pairs
inner join market.quotes on pairs.symbol = quotes.symbol
where pairs.is_bitcoin and quotes.bid is not null and quotes.ask is not null
union all
select
    trades.ts,
    pairs.pair,
    null,
    null,
    null,
    null,
    null,
    trades.price,
    trades.source
from legacy.pairs
inner join market.trades on pairs.symbol = trades.symbol
where pairs.is_bitcoin;

comment on view legacy.bitcoin_ticks is
'Quotes of bitcoin that have both sides, and trades, whose price is mid_price.';

-- A view per level, and one over all of them.
do $do$
declare
    target record;
    levels text;
begin
    for target in
        select level
        from ops.lifecycle
        where kind = 'trades' and level is not null and not live
    loop
        execute format(
            $sql$
            create view legacy.%1$I as
            select
                candles.bucket as "time",
                pairs.pair as symbol,
                candles.bid_open as open,
                candles.bid_high as high,
                candles.bid_low as low,
                candles.bid_close as close,
                candles.quote_count as tick_count,
                candles.source
            from legacy.pairs
            inner join market.%2$I as candles on pairs.symbol = candles.symbol
            where pairs.is_forex and candles.bid_open is not null
            $sql$,
            'candles_' || target.level, 'quote_candles_' || target.level
        );
        execute format(
            'comment on view legacy.%I is %L',
            'candles_' || target.level, 'Candles of the bids of pairs of currencies.'
        );
        execute format(
            $sql$
            create view legacy.%1$I as
            select
                candles.bucket as "time",
                pairs.pair as symbol,
                candles.open,
                candles.high,
                candles.low,
                candles.close,
                candles.tick_count,
                candles.source
            from legacy.pairs
            inner join market.%2$I as candles on pairs.symbol = candles.symbol
            where pairs.is_bitcoin and candles.open is not null
            union all
            select
                candles.bucket,
                pairs.pair,
                candles.bid_open,
                candles.bid_high,
                candles.bid_low,
                candles.bid_close,
                candles.quote_count,
                candles.source
            from legacy.pairs
            inner join market.%3$I as candles on pairs.symbol = candles.symbol
            where pairs.is_bitcoin and candles.bid_open is not null
                and not exists (
                    select from market.candles_1d as days
                    where days.symbol = candles.symbol and days.source = candles.source
                )
            $sql$,
            'bitcoin_candles_' || target.level,
            'candles_' || target.level,
            'quote_candles_' || target.level
        );
        execute format(
            'comment on view legacy.%I is %L',
            'bitcoin_candles_' || target.level,
            'Candles of bitcoin: of trades, or of the bids of a source that has no trades.'
        );
    end loop;
    select string_agg(
        format(
            $sql$
            select
                (extract(epoch from candles.bucket) * 1000000)::bigint as id,
                candles.symbol,
                %1$L::text as timeframe,
                candles.open,
                candles.high,
                candles.low,
                candles.close,
                coalesce(candles.volume, 0) as volume,
                (extract(epoch from candles.bucket) * 1000)::bigint as open_time,
                (extract(epoch from candles.bucket) * 1000)::bigint + %2$s - 1 as close_time,
                (candles.bucket + %3$L::interval) at time zone 'UTC' as created_at
            from market.%4$I as candles
            left join market.instruments on candles.symbol = instruments.symbol
            where candles.source = coalesce(instruments.primary_source, candles.source)
                and candles.open is not null
            $sql$,
            level,
            (extract(epoch from width) * 1000)::bigint,
            make_interval(secs => extract(epoch from width)::double precision),
            relation
        ),
        ' union all ' order by "position"
    ) into levels
    from ops.lifecycle where kind = 'trades' and level is not null and not live;
    execute 'create view legacy.candles as ' || levels;
end $do$;

comment on view legacy.candles is 'Candles of every stored level that have a price.';
comment on column legacy.candles.id is
'In the order of time, not unique: microseconds since 1970.';
comment on column legacy.candles.open_time is 'First millisecond, since 1970.';
comment on column legacy.candles.close_time is 'Last millisecond, since 1970.';

grant select on all tables in schema legacy to stockpulse_reader;

reset role;
