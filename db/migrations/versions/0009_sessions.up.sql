set local role stockpulse_owner;

create table market.sessions (
    calendar text collate "C" not null,
    session_date date not null,
    open_at timestamptz not null,
    close_at timestamptz not null,
    constraint sessions_pkey primary key (calendar, session_date),
    constraint sessions_open_at unique (calendar, open_at),
    constraint sessions_forward check (open_at < close_at)
);

comment on table market.sessions is
'Opening hours of exchanges, one row per day of trading; written by `stockpulse calendars`.';
comment on column market.sessions.calendar is
'ISO 10383 code of the exchange, XNYS; FX: currencies; 24/7: always.';
comment on column market.sessions.session_date is 'The day by the calendar of the exchange.';
comment on column market.sessions.open_at is 'Start of regular trading, inclusive.';
comment on column market.sessions.close_at is
'End of regular trading, exclusive; earlier on half days.';

grant select on market.sessions to stockpulse_reader;

create type market.session_candle as (
    session_date date,
    open_at timestamptz,
    close_at timestamptz,
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
    mean_spread numeric
);

comment on type market.session_candle is
'A row of market.session_candles(): a session, and the columns of market.candle.';

-- include functions/market.own_calendar.sql

-- include functions/market.calendar_of.sql

-- include functions/market.has_day_rules.sql

-- include functions/market.sessions_of_trades.sql

-- include functions/market.sessions_of_candles.sql

-- include functions/market.session_candles.sql

-- What is known of a stretch of time.

create type market.stretch as (
    since timestamptz,
    until timestamptz,
    state text
);

comment on type market.stretch is 'A row of market.coverage().';
comment on column market.stretch.until is 'Its end, exclusive.';
comment on column market.stretch.state is
'pending: candles may be missing or lack events that are stored or about to be; no feed: no feed
covered all of it; archived: its trades or quotes, or its candles, are in the archive alone; complete
and no trades: a feed covered all of it, and there were events or none; closed: the market was
closed; unknown: before the first feed of the series.';

create type market.gap as (
    since timestamptz,
    until timestamptz,
    reason text,
    first_id text collate "C",
    last_id text collate "C"
);

comment on type market.gap is 'A row of market.gaps().';
comment on column market.gap.until is 'Its end, exclusive.';
comment on column market.gap.reason is
'no feed: there was no connection; otherwise the reason that the source gave.';
comment on column market.gap.first_id is
'Id of the first event that is missing; null: not known.';
comment on column market.gap.last_id is 'Id of the last one.';

-- include functions/market.closed_times.sql

-- include functions/market.whole_buckets.sql

-- include functions/market.touched_buckets.sql

-- include functions/market.event_times.sql

-- include functions/market.feed.sql

-- include functions/market.archived_times.sql

-- include functions/market.coverage.sql

-- include functions/market.gaps.sql

-- include functions/ops.add_analyst.sql

reset role;
