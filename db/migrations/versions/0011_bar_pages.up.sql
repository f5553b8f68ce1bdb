set local role stockpulse_owner;

create view market.timeframes as
select
    level as timeframe,
    width
from ops.lifecycle
where kind = 'trades' and level is not null;

comment on view market.timeframes is
'The stored timeframes: market.candles_TIMEFRAME and market.quote_candles_TIMEFRAME.';
comment on column market.timeframes.timeframe is 'Name, 5m.';
comment on column market.timeframes.width is 'Length of a candle.';

grant select on market.timeframes to stockpulse_reader;

-- include functions/market.built_bars.sql

-- include functions/market.series_bars.sql

-- include functions/market.bars_with_vendors.sql

-- include functions/market.bar_page.sql

-- What the API shows of bars.

-- include functions/market.time_text.sql

-- include functions/market.epoch_text.sql

-- include functions/market.time_json.sql

-- include functions/market.decimal_json.sql

-- include functions/market.awaited_from.sql

-- include functions/market.settled_until.sql

-- include functions/market.touched_seconds.sql

-- include functions/market.touched_bars.sql

-- include functions/market.stream_series.sql

-- include functions/market.stream_bars.sql

-- include functions/market.bars_between.sql

-- include functions/market.slots_of.sql

-- include functions/market.regular_candles.sql

-- include functions/market.session_bars.sql

-- include functions/market.shown_range.sql

-- include functions/market.filled_slots.sql

-- include functions/market.shown_bars.sql

-- include functions/market.shown_page.sql

-- include functions/market.bar_states.sql

-- include functions/market.stored_candles.sql

-- include functions/market.feeds.sql

-- Other spellings of symbols.

-- include functions/market.pair_of.sql

-- include functions/market.aliases_of.sql

create index instruments_aliases on market.instruments
using gin (market.aliases_of(symbol, base, quote));

-- include functions/market.symbols_named.sql

-- Pages of trades and quotes.

create type market.trade_event as (
    symbol text collate "C",
    source text collate "C",
    ts timestamptz,
    ns smallint,
    seq bigint,
    tick_id text collate "C",
    price numeric,
    size numeric,
    side text collate "C",
    exchange text collate "C",
    tape text collate "C",
    conditions text [] collate "C",
    received_at timestamptz
);

comment on type market.trade_event is
'A row of market.trade_page(): symbol is the one asked for, the rest as in market.trades.';

create type market.quote_event as (
    symbol text collate "C",
    source text collate "C",
    ts timestamptz,
    ns smallint,
    seq bigint,
    tick_id text collate "C",
    bid numeric,
    ask numeric,
    bid_size numeric,
    ask_size numeric,
    exchange text collate "C",
    tape text collate "C",
    conditions text [] collate "C",
    received_at timestamptz
);

comment on type market.quote_event is
'A row of market.quote_page(): symbol is the one asked for, the rest as in market.quotes.';

-- include functions/market.name_pieces.sql

-- include functions/market.event_stretches.sql

-- include functions/market.event_query.sql

-- include functions/market.series_events.sql

-- include functions/market.event_slices.sql

-- include functions/market.trade_page.sql

-- include functions/market.quote_page.sql

-- include functions/market.newest_trades.sql

-- include functions/market.newest_quotes.sql

-- include functions/market.trade_json.sql

-- include functions/market.quote_json.sql

-- include functions/market.price_scale_of.sql

-- include functions/market.sources_of.sql
-- For the dialects of other venues' clients.

-- include functions/market.number_in.sql

-- include functions/market.trades_from.sql

-- include functions/market.short_names.sql

-- include functions/market.hours_of.sql

-- Bars out.

-- include functions/ops.bar_message.sql

-- include functions/ops.settled_minutes.sql

-- include functions/ops.start_bars.sql

-- include functions/ops.queue_bars.sql

-- include functions/ops.forget_bars.sql

-- What an operator sees.

-- include functions/ops.recent_gaps.sql

-- include functions/ops.recent_series.sql

-- include functions/ops.status_of_loading.sql

-- include functions/ops.status_of_rejects.sql

-- include functions/ops.status_of_feeds.sql

-- include functions/ops.newest_runs.sql

-- include functions/ops.status_of_histories.sql

-- include functions/ops.status_of_candles.sql

-- include functions/ops.status_of_relations.sql

-- include functions/ops.status_of_jobs.sql

-- include functions/market.operation_status.sql

create table ops.database_sizes (
    measured_at timestamptz not null default now(),
    bytes bigint not null,
    constraint database_sizes_pkey primary key (measured_at)
);

comment on table ops.database_sizes is
'The size of the database, once per hour for the last days; written by the loaders'' monitor.';

-- include functions/ops.refreshed_at.sql

-- include functions/ops.metrics_of_candles.sql

-- include functions/ops.opened.sql

-- include functions/ops.metrics_of_sources.sql

-- include functions/ops.metrics_of_gaps.sql

-- include functions/ops.note_database_size.sql

reset role;
