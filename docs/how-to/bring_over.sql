-- Run with psql in an older database and in the new one, see bring-over-an-older-database.md. Makes
-- the schema bring_over: views of events and candles that are alike in both, so that they can be
-- compared, and what the older database gives and the new one takes.
\set ON_ERROR_STOP on
set client_min_messages = warning;
select to_regclass('market.quotes') is null as is_older \gset

begin;

create schema bring_over;

create function bring_over.source_of(source text) returns text
language sql immutable
return lower(regexp_replace(source, '^(alpaca|binance|finnhub|kraken|yahoo)\.quotes$', '\1'));

comment on function bring_over.source_of is
'The source of an older tick as it is named now: quotes of these venues had a source of their own.';

\if :is_older

create view bring_over.instruments as
select
    symbol,
    asset_class,
    base,
    quote,
    price_scale,
    bring_over.source_of(primary_source) as primary_source,
    calendar,
    first_seen_at,
    last_seen_at
from market.instruments;

create view bring_over.events as
select
    case when bid is null then 'trade' else 'quote' end as kind,
    symbol,
    bring_over.source_of(source) as source,
    ts,
    case when bid is null then price end as price,
    size,
    bid,
    ask,
    tick_id
from market.ticks;

-- A cancel comes after its tick, and after all others: ids need not be unique but at one time.
--
-- Of the venue's sequence an older tick has the last 12 bits, those of `ord`. If its id ends in the
-- same bits, the id was the sequence: without `seq` the loader takes it from there, in full.
create view bring_over.messages as
select
    is_cancel,
    ts,
    ord,
    json_strip_nulls(json_build_object(
        'v', 1,
        'kind', case when bid is null then 'trade' else 'quote' end,
        'source', bring_over.source_of(source),
        'symbol', symbol,
        'event_time', to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'price', case when bid is null then price::text end,
        'size', size::text,
        'bid', bid::text,
        'ask', ask::text,
        'seq', nullif(
            ord & 4095, case when tick_id ~ '^[0-9]{1,18}$' then tick_id::bigint & 4095 end
        ),
        'dedupe_id', tick_id,
        'flags', case when is_cancel then json_build_array('cancel') end
    )) as message
from (
    select false as is_cancel, ts, symbol, source, price, size, bid, ask, tick_id, ord
    from market.ticks
    union all
    select
        is_cancel, ts, symbol, source, old_price, old_size, old_bid, old_ask, tick_id, old_ord
    from ops.tick_corrections
    cross join (values (false), (true)) as steps (is_cancel)
    where action = 'cancel' and old_price is not null
) as events;

-- A series without any size is one of quotes, unless there are ticks of it that are none.
create table bring_over.series_kinds as
select
    symbol,
    source,
    case
        when bool_or(volume is not null) or exists (
            select from market.ticks
            where ticks.symbol = days.symbol and ticks.source = days.source and bid is null
        ) then 'trade'
        else 'quote'
    end as kind
from market.candles_1d as days
group by symbol, source;

do $$
begin
    execute 'create view bring_over.candles as ' || (
        select string_agg(
            format(
                'select %L as level, kind, symbol, bring_over.source_of(source) as source, bucket,'
                ' open, high, low, close, volume, notional, tick_count'
                ' from market.%I inner join bring_over.series_kinds using (symbol, source)',
                level, 'candles_' || level
            ),
            ' union all ' order by "position"
        )
        from ops.lifecycle where child is not null
    );
end $$;

create view bring_over.dropped_candles as
select candles.*
from bring_over.candles
inner join ops.lifecycle using (level)
cross join (select floor_ts from ops.retention_floors where level = 'ticks') as ticks
where bucket < floor_ts and bucket + width <= floor_ts;

\else

create view bring_over.events as
select
    kind,
    symbol,
    source,
    ts,
    case when kind = 'trade' then price end as price,
    size,
    bid,
    ask,
    tick_id
from market.ticks;

create table bring_over.floors (level text, floor_ts timestamptz);

do $$
begin
    execute 'create view bring_over.candles as ' || (
        select string_agg(
            format(
                case kind
                    when 'trades' then
                        'select %L as level, ''trade'' as kind, symbol, source, bucket,'
                        ' open, high, low, close, volume, notional, tick_count from market.%I'
                    else
                        'select %L, ''quote'', symbol, source, bucket,'
                        ' mid_open, mid_high, mid_low, mid_close, null, null, quote_count'
                        ' from market.%I'
                end,
                level, relation
            ),
            ' union all ' order by "position"
        )
        from ops.lifecycle where child is not null
    );
end $$;

create table bring_over.dropped_candles as select * from bring_over.candles with no data;

-- First the floors: no refresh goes below them, where it would find no events.
create procedure bring_over.add_dropped_candles()
language plpgsql
as $$
declare
    target record;
begin
    update ops.retention_floors
    set floor_ts = floors.floor_ts
    from ops.lifecycle, bring_over.floors
    where lifecycle.relation = retention_floors.relation
        and floors.level = coalesce(lifecycle.level, 'ticks')
        and isfinite(floors.floor_ts);
    for target in
        select kind, level, ops.store_of(relation) as store
        from ops.lifecycle where child is not null order by "position"
    loop
        execute format(
            case target.kind
                when 'trades' then
                    'insert into %s (bucket, symbol, source, open, high, low, close, volume,'
                    ' vwap_volume, notional, vwap, tick_count, has_regular)'
                    ' select bucket, symbol, source, open, high, low, close, volume,'
                    ' volume, notional, notional / nullif(volume, 0), tick_count, true'
                else
                    'insert into %s (bucket, symbol, source, mid_open, mid_high, mid_low,'
                    ' mid_close, quote_count)'
                    ' select bucket, symbol, source, open, high, low, close, tick_count'
            end
            || ' from bring_over.dropped_candles where kind = %L and level = %L',
            target.store, rtrim(target.kind, 's'), target.level
        );
    end loop;
    truncate bring_over.floors, bring_over.dropped_candles;
end $$;

\endif

create view bring_over.series as
select
    kind,
    symbol,
    source,
    count(*) as events,
    sum(hashtextextended(row(ts, price, size, bid, ask, tick_id)::text, 0)) as checksum
from bring_over.events
group by kind, symbol, source;

create view bring_over.figures as
select
    level,
    kind,
    symbol,
    source,
    bucket,
    trim_scale(open) as open,
    trim_scale(high) as high,
    trim_scale(low) as low,
    trim_scale(close) as close,
    trim_scale(volume) as volume,
    trim_scale(notional) as notional,
    tick_count
from bring_over.candles;

comment on view bring_over.figures is
'Candles to compare: equal numbers are written alike, 1.5 for 1.50.';
comment on view bring_over.series is
'The checksum is the same for the same events in any order.';

commit;
