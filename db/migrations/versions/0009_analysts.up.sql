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

-- Trading sessions, and the candles of whole sessions.

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
'When an exchange is open, a row a day of trading; written by `stockpulse calendars`.';
comment on column market.sessions.calendar is 'ISO 10383 code of the exchange, XNYS; 24/7: always.';
comment on column market.sessions.session_date is 'The day that the exchange itself calls it.';
comment on column market.sessions.open_at is 'Start of regular trading, inclusive.';
comment on column market.sessions.close_at is
'End of regular trading, exclusive; earlier on half days.';

alter table market.instruments add column calendar text collate "C";
comment on column market.instruments.calendar is
'The market.sessions of market.session_candles(): XNYS, XLON, 24/7; set by people.';

-- include functions/market.calendar_of.sql

-- include functions/market.session_candles.sql

grant select on market.sessions to stockpulse_reader;

-- include functions/ops.add_analyst.sql

reset role;
