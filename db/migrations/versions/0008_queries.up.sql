set local role stockpulse_owner;

create type market.candle as (
    bucket timestamptz,
    symbol text collate "C",
    source text collate "C",
    open numeric,
    high numeric,
    low numeric,
    close numeric,
    volume numeric,
    vwap_volume numeric,
    notional numeric,
    vwap numeric,
    tick_count bigint,
    mean_spread numeric,
    vendor text collate "C"
);

comment on type market.candle is 'A row of market.candles(), whatever its price.';
comment on column market.candle.bucket is 'Start of the candle, inclusive.';
comment on column market.candle.symbol is 'The symbol asked for.';
comment on column market.candle.source is
'The source that is read, also where a vendor''s bar stands in; null: there is none.';
comment on column market.candle.open is 'First price; null if no trade moves it.';
comment on column market.candle.volume is
'Of trades, or the sizes at the bid or the ask; null for the mid.';
comment on column market.candle.vwap_volume is 'Volume of the trades in notional; null for quotes.';
comment on column market.candle.notional is 'Sum of price times size; null for quotes.';
comment on column market.candle.vwap is 'notional / vwap_volume.';
comment on column market.candle.tick_count is 'Number of trades or of quotes.';
comment on column market.candle.mean_spread is 'Mean of ask - bid; null for trades.';
comment on column market.candle.vendor is
'Null: made of stored trades or quotes; else the vendor whose bar this is.';

create type market.bucket_spread as (
    bucket timestamptz,
    symbol text collate "C",
    source text collate "C",
    mean_spread numeric,
    min_spread numeric,
    max_spread numeric,
    quote_count bigint
);

comment on type market.bucket_spread is 'A row of market.spread().';

-- Timeframes.

-- include functions/market.check_choice.sql

-- include functions/market.levels_within.sql

-- include functions/market.timeframe_of.sql

-- include functions/market.bucket_of.sql

-- include functions/market.first_bucket.sql

-- Names and splits: what to read for a range of an instrument.

-- include functions/market.instrument_of.sql

-- include functions/market.segments_of.sql

-- include functions/market.pieces_of.sql

-- include functions/market.stretches_of.sql

-- include functions/market.reads_of.sql

-- include functions/ops.level_query.sql

-- include functions/market.trade_candles.sql

-- include functions/market.quote_candles.sql

-- include functions/market.days_of.sql

-- include functions/market.event_columns.sql

-- include functions/market.merged_columns.sql

-- include functions/market.level_columns.sql

-- include functions/market.read_query.sql

-- include functions/market.candle_reads.sql

-- include functions/market.event_reads.sql

-- include functions/market.read_candles.sql

-- What a query means that does not say it.

-- include functions/market.newest_source.sql

-- include functions/market.default_source.sql

-- include functions/market.last_day.sql

-- include functions/market.default_price.sql

-- Bars of vendors, where there are no candles.

-- include functions/market.vendor_series.sql

-- include functions/market.vendor_candles.sql

-- include functions/market.shown_candles.sql

-- What people call.

-- include functions/market.candles.sql

-- include functions/market.last_candle.sql

-- include functions/market.filled_candles.sql

-- include functions/market.returns.sql

-- include functions/market.vwap.sql

-- include functions/market.twap.sql

-- include functions/market.spread.sql

-- include functions/market.movers.sql

-- include functions/market.pending.sql

-- What has changed, for those who follow it.

create type market.event_change as (
    number bigint,
    action text,
    symbol text collate "C",
    source text collate "C",
    ts timestamptz,
    ns smallint,
    seq bigint,
    tick_id text collate "C",
    price numeric,
    size numeric,
    side text collate "C",
    bid numeric,
    ask numeric,
    bid_size numeric,
    ask_size numeric,
    exchange text collate "C",
    tape text collate "C",
    conditions text [] collate "C",
    received_at timestamptz,
    old_ts timestamptz,
    old_tick_id text collate "C",
    old jsonb
);

comment on type market.event_change is
'A row of market.changed_events(): a trade or a quote, and what was done to it.';
comment on column market.event_change.number is 'The change, as in market.newest_change().';
comment on column market.event_change.action is
'new; corrected: put it in the place of old_ts and old_tick_id; cancelled: it has its last values.';
comment on column market.event_change.symbol is
'As the venue sent it; this and the next as in market.trades and market.quotes, null where the other
has them.';
comment on column market.event_change.old_ts is
'Time and id of what is corrected or cancelled; null: the event is new.';
comment on column market.event_change.old is 'Its row before the change.';

-- include functions/ops.measures_of.sql

-- include functions/ops.batch_query.sql

-- include functions/ops.entry_query.sql

-- include functions/ops.events_of_change.sql

-- include functions/market.newest_change.sql

-- include functions/market.changes_after.sql

-- include functions/market.has_change.sql

-- include functions/market.changed_ranges.sql

-- include functions/market.changed_events.sql

reset role;
