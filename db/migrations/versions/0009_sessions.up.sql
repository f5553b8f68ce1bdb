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
comment on column market.sessions.calendar is 'ISO 10383 code of the exchange, XNYS; 24/7: always.';
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

-- include functions/market.calendar_of.sql

-- include functions/market.has_day_rules.sql

-- include functions/market.sessions_of_trades.sql

-- include functions/market.sessions_of_candles.sql

-- include functions/market.session_candles.sql

-- include functions/ops.add_analyst.sql

reset role;
