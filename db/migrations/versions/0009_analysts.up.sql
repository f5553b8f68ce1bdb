set local role stockpulse_owner;

-- include functions/market.width_of.sql

-- include functions/market.first_bucket.sql

-- include functions/market.check_fill.sql

-- include functions/market.filled_candles.sql

-- include functions/market.candles.sql

-- include functions/market.last_candle.sql

-- include functions/market.returns.sql

-- include functions/market.vwap.sql

-- include functions/market.twap.sql

-- include functions/market.spread.sql

-- include functions/market.movers.sql

-- Trading sessions, and their candles.

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
'Opening hours of exchanges, one row per trading day; written by `stockpulse calendars`.';
comment on column market.sessions.calendar is
'ISO 10383 code of the exchange, XNYS; 24/7: always open.';
comment on column market.sessions.session_date is 'Trading day, as the exchange dates it.';
comment on column market.sessions.open_at is 'Start of regular trading, inclusive.';
comment on column market.sessions.close_at is
'End of regular trading, exclusive; earlier on half days.';

alter table market.instruments add column calendar text collate "C";
comment on column market.instruments.calendar is
'Calendar in market.sessions that market.session_candles() uses: XNYS, XLON, 24/7; set by hand.';

-- include functions/market.calendar_of.sql

-- include functions/market.session_candles.sql

grant select on market.sessions to stockpulse_reader;

-- include functions/ops.add_analyst.sql

reset role;
