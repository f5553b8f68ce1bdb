set local role stockpulse_owner;

create table market.instruments (
    symbol text collate "C" not null,
    asset_class text,
    base text collate "C",
    quote text collate "C",
    price_scale smallint,
    primary_source text collate "C",
    calendar text collate "C",
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    constraint instruments_pkey primary key (symbol),
    constraint instruments_symbol_length check (length(symbol) between 1 and 128),
    constraint instruments_price_scale_range check (price_scale between 0 and 18)
);

comment on table market.instruments is
'One row per symbol; the loader adds unknown ones, people and sources fill in the rest.';
comment on column market.instruments.symbol is 'VENUE:INSTRUMENT, US equities bare: AAPL.';
comment on column market.instruments.asset_class is 'equity, fx, crypto, index, commodity.';
comment on column market.instruments.base is 'The priced unit of a pair: EUR in EUR/USD.';
comment on column market.instruments.quote is 'The unit it is priced in: USD in EUR/USD.';
comment on column market.instruments.price_scale is 'Decimals in which prices are quoted.';
comment on column market.instruments.primary_source is
'The source of a query that names none; null: the one with the newest trade or quote.';
comment on column market.instruments.calendar is
'The market.sessions of market.session_candles(): XNYS, FX, 24/7; set by people and sources.';
comment on column market.instruments.first_seen_at is 'When the loader first met the symbol.';
comment on column market.instruments.last_seen_at is
'When the loader last stored an event of it, to within ten seconds.';

grant select on market.instruments to stockpulse_reader;
grant select, insert, update (last_seen_at) on market.instruments to stockpulse_loader;

create table market.names (
    symbol text collate "C" not null,
    since timestamptz not null default '-infinity',
    until timestamptz not null default 'infinity',
    instrument text collate "C" not null,
    constraint names_pkey primary key (symbol, since),
    constraint names_instrument foreign key (instrument) references market.instruments (symbol),
    constraint names_forward check (since < until)
);

create index names_of_instrument on market.names (instrument);

comment on table market.names is
'Dated, half-open names: FB until 2022-06-09 and META from then on lead to the instrument META.';
comment on column market.names.symbol is 'The symbol that the venue sent; rows keep it.';
comment on column market.names.since is 'First moment of the name.';
comment on column market.names.until is 'End of the name, exclusive.';
comment on column market.names.instrument is
'The instrument it meant: a symbol used again by another company is another instrument.';

-- include functions/market.check_names.sql

create constraint trigger names_do_not_overlap
after insert or update on market.names
deferrable initially deferred
for each row execute function market.check_names();

grant select on market.names to stockpulse_reader;

create table market.corporate_actions (
    instrument text collate "C" not null,
    ex_at timestamptz not null,
    kind text not null,
    numerator numeric not null,
    denominator numeric not null,
    known_at timestamptz not null default now(),
    constraint corporate_actions_pkey primary key (instrument, ex_at, kind),
    constraint corporate_actions_instrument
    foreign key (instrument) references market.instruments (symbol),
    constraint corporate_actions_kind check (kind in ('split')),
    constraint corporate_actions_ex_at_finite check (isfinite(ex_at)),
    constraint corporate_actions_ratio check (
        numerator > 0 and numerator < 'infinity' and denominator > 0 and denominator < 'infinity'
    )
);

comment on table market.corporate_actions is
'Splits, applied when candles are read with adjustment; what is stored stays as it was traded.';
comment on column market.corporate_actions.ex_at is 'First moment at the new terms.';
comment on column market.corporate_actions.kind is 'split.';
comment on column market.corporate_actions.numerator is
'Units after the action for `denominator` units before: 10 and 1 for 10:1, 1 and 3 for 1:3.';
comment on column market.corporate_actions.denominator is 'Units before the action.';
comment on column market.corporate_actions.known_at is 'When the row was added.';

grant select on market.corporate_actions to stockpulse_reader;

-- Which trades move a candle: rules are rows, never code.

create table market.rule_sets (
    rule_set text collate "C" not null,
    codes text not null default 'list',
    regular_hours text,
    description text not null,
    constraint rule_sets_pkey primary key (rule_set),
    constraint rule_sets_codes check (codes in ('list', 'bits')),
    constraint rule_sets_regular_hours check (
        regular_hours
        ~ '^\S+ ([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'
        and right(regular_hours, 5) <> left(right(regular_hours, 11), 5)
    )
);

comment on table market.rule_sets is 'Named sets of market.bar_rules; sources choose one.';
comment on column market.rule_sets.codes is
'list: each condition is a code; bits: it is a hexadecimal number, each bit of which is a code.';
comment on column market.rule_sets.regular_hours is
'Time zone and hours of the session `regular`, America/New_York 09:30-16:00, maybe over midnight,
until 24:00 at most; null: no sessions.';
comment on column market.rule_sets.description is 'Whose rules these are.';

create table market.bar_rules (
    rule_set text collate "C" not null,
    kind text not null,
    tape text not null,
    code text collate "C" not null,
    session text not null,
    open_close text not null,
    high_low boolean not null,
    volume boolean not null,
    priority integer not null default 0,
    constraint bar_rules_pkey primary key (rule_set, kind, tape, code, session),
    constraint bar_rules_rule_set
    foreign key (rule_set) references market.rule_sets (rule_set) on delete cascade,
    constraint bar_rules_kind check (kind in ('minute', 'day')),
    constraint bar_rules_tape check (tape in ('*', 'A', 'B', 'C', 'O')),
    constraint bar_rules_session check (session in ('*', 'regular', 'extended')),
    constraint bar_rules_open_close check (open_close in ('yes', 'no', 'first')),
    -- else a bar could have an open, and no high
    constraint bar_rules_open_lies_within check (open_close = 'no' or high_low)
);

comment on table market.bar_rules is
'What a trade with a condition moves; of several rules of the highest priority the strictest wins.';
comment on column market.bar_rules.kind is 'minute, also for the bars made of minutes, or day.';
comment on column market.bar_rules.tape is 'Tape of the trade; *: any that has no row of its own.';
comment on column market.bar_rules.code is
'Condition; empty: a trade without one; *: a condition that has no row of its own.';
comment on column market.bar_rules.session is 'Session of the trade; *: any.';
comment on column market.bar_rules.open_close is
'Whether it moves open and close: yes, no, or first: if it is the first trade of the bar.';
comment on column market.bar_rules.high_low is 'Whether it moves high and low.';
comment on column market.bar_rules.volume is 'Whether it counts in volume and number of trades.';
comment on column market.bar_rules.priority is 'The rules with the highest one decide.';

-- include functions/market.check_rule_set.sql

create trigger rule_sets_have_a_zone
before insert or update on market.rule_sets
for each row execute function market.check_rule_set();

-- copy market.rule_sets from data/rule_sets.csv

-- copy market.bar_rules from data/bar_rules.csv

grant select on market.rule_sets, market.bar_rules to stockpulse_reader, stockpulse_loader;

create table market.sources (
    source text collate "C" not null,
    id_scope text not null default 'none',
    rule_set text collate "C" not null default 'all',
    negative_prices boolean not null default true,
    wide_quote_ratio numeric not null default 10,
    calendar text collate "C",
    first_seen_at timestamptz not null default now(),
    constraint sources_pkey primary key (source),
    constraint sources_length check (length(source) between 1 and 64),
    constraint sources_lower_case check (source = lower(source)),
    constraint sources_id_scope check (id_scope in ('series', 'exchange', 'none')),
    constraint sources_rule_set foreign key (rule_set) references market.rule_sets (rule_set),
    constraint sources_wide_quote_ratio check (
        wide_quote_ratio > 1 and wide_quote_ratio < 'infinity'
    )
);

comment on table market.sources is
'One row per source; the loader adds unknown ones with the defaults, people change them.';
comment on column market.sources.source is 'Name in lower case: kraken, alpaca, sim.';
comment on column market.sources.id_scope is
'How far its trade ids reach: unique in a series, per exchange and day, or not at all.';
comment on column market.sources.rule_set is 'The market.bar_rules of its trades.';
comment on column market.sources.negative_prices is
'Whether prices of zero and below are stored; otherwise they are rejected.';
comment on column market.sources.wide_quote_ratio is
'A quote whose ask is more than this many times its bid moves no candle.';
comment on column market.sources.calendar is
'The market.sessions of its instruments that have no calendar of their own.';
comment on column market.sources.first_seen_at is 'When the row was added.';

insert into market.sources (source, id_scope, rule_set, calendar) values
('kraken', 'series', 'all', null),
('binance', 'series', 'all', null),
('binance.agg', 'series', 'all', null),
('coinbase', 'series', 'all', null),
('bybit', 'series', 'all', null),
('okx', 'series', 'all', null),
('okx.all', 'series', 'all', null),
('alpaca', 'exchange', 'alpaca', null),
('alpaca.options', 'none', 'all', null),
('polygon', 'exchange', 'massive', null),
('massive', 'exchange', 'massive', null),
('algoseek', 'none', 'algoseek', null),
('finnhub', 'none', 'all', null),
('dukascopy', 'none', 'all', 'FX'),
('oanda', 'none', 'all', null),
('yahoo', 'none', 'all', null),
('sim', 'none', 'all', null),
('legacy', 'none', 'all', null);

grant select on market.sources to stockpulse_reader;
grant select, insert (source) on market.sources to stockpulse_loader;

create table market.trades (
    ts timestamptz not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    price numeric not null,
    size numeric,
    side text collate "C",
    tick_id text collate "C",
    exchange text collate "C",
    tape text collate "C",
    conditions text [] collate "C",
    received_at timestamptz,
    seq bigint not null,
    batch bigint not null,
    rules integer not null,
    ns smallint not null default 0,
    moves smallint not null,
    constraint trades_price_finite check (price > '-infinity' and price < 'infinity'),
    constraint trades_size_not_negative check (size >= 0 and size < 'infinity'),
    constraint trades_side check (side in ('buy', 'sell')),
    constraint trades_seq_not_negative check (seq >= 0),
    constraint trades_ns_range check (ns between 0 and 999)
);

comment on table market.trades is
'Trades as venues reported them; written by the loader alone. Order: ts, ns, seq, tick_id.';
comment on column market.trades.ts is 'Venue time, UTC, floored to the microsecond.';
comment on column market.trades.symbol is 'As the venue sent it; market.names leads on.';
comment on column market.trades.source is
'Reporter, as in market.sources. (symbol, source) is a series; series never mix.';
comment on column market.trades.price is 'Price, exact; may be zero or negative.';
comment on column market.trades.size is 'Units traded; null: unknown.';
comment on column market.trades.side is 'Side of the taker, buy or sell; null: unknown.';
comment on column market.trades.tick_id is
'Identity within (symbol, ts, source); null: a message without one, never a duplicate.';
comment on column market.trades.exchange is 'Exchange, in the source''s own code.';
comment on column market.trades.tape is 'A, B, C or O for US equities.';
comment on column market.trades.conditions is 'Sale conditions, in the source''s own codes.';
comment on column market.trades.received_at is 'When the publisher received it.';
comment on column market.trades.seq is
'The venue''s sequence; else the id if it is a number; else a hash of id or content.';
comment on column market.trades.batch is 'The ops.load_batches that brought it.';
comment on column market.trades.rules is 'The ops.rules_version by which moves was made.';
comment on column market.trades.ns is 'Nanoseconds of the venue time below the microsecond of ts.';
comment on column market.trades.moves is
'Bits, of minutes: 1 open and close, 2 these if first of the bar, 4 high and low, 8 volume; of days
the same times 16.';

select create_hypertable(
    'market.trades', by_range('ts', interval '1 day'), create_default_indexes => false
);

-- The only index: a second one, on ts, would cost a quarter of the load's speed. Each series grows
-- in the middle of it, where pages split in halves: 105 bytes per trade, 59 after a reindex, and
-- the same descending. By ts first it would stay small, but the newest minutes of one symbol would
-- be read from among those of all.
create unique index trades_identity on market.trades (symbol, ts, source, tick_id);

grant select on market.trades to stockpulse_reader;
grant insert on market.trades to stockpulse_loader;

create table market.quotes (
    ts timestamptz not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    bid numeric,
    ask numeric,
    bid_size numeric,
    ask_size numeric,
    tick_id text collate "C",
    exchange text collate "C",
    tape text collate "C",
    conditions text [] collate "C",
    received_at timestamptz,
    seq bigint not null,
    batch bigint not null,
    ns smallint not null default 0,
    moves smallint not null,
    constraint quotes_any_side check (num_nonnulls(bid, ask) >= 1),
    constraint quotes_bid_finite check (bid > '-infinity' and bid < 'infinity'),
    constraint quotes_ask_finite check (ask > '-infinity' and ask < 'infinity'),
    constraint quotes_bid_size_not_negative check (bid_size >= 0 and bid_size < 'infinity'),
    constraint quotes_ask_size_not_negative check (ask_size >= 0 and ask_size < 'infinity'),
    constraint quotes_seq_not_negative check (seq >= 0),
    constraint quotes_ns_range check (ns between 0 and 999)
);

comment on table market.quotes is
'Best bids and asks as venues reported them; written by the loader alone.';
comment on column market.quotes.ts is
'Venue time; this, symbol, source, tick_id to batch and ns as in market.trades.';
comment on column market.quotes.bid is 'Best bid; null: not reported.';
comment on column market.quotes.ask is 'Best ask; null: not reported.';
comment on column market.quotes.bid_size is 'Units wanted at the bid.';
comment on column market.quotes.ask_size is 'Units offered at the ask.';
comment on column market.quotes.moves is
'Bits: 1 bid candle, 2 ask candle, 4 mid candle; a side of 0 and a wide quote move nothing.';

select create_hypertable(
    'market.quotes', by_range('ts', interval '1 day'), create_default_indexes => false
);

create unique index quotes_identity on market.quotes (symbol, ts, source, tick_id);

grant select on market.quotes to stockpulse_reader;
grant insert on market.quotes to stockpulse_loader;

create view market.ticks as
select
    ts,
    symbol,
    source,
    'trade'::text as kind,
    price,
    size,
    null::numeric as bid,
    null::numeric as ask,
    null::numeric as bid_size,
    null::numeric as ask_size,
    tick_id,
    seq,
    ns,
    batch
from market.trades
union all
select
    ts,
    symbol,
    source,
    'quote'::text,
    (bid + ask) * 0.5,
    null,
    bid,
    ask,
    bid_size,
    ask_size,
    tick_id,
    seq,
    ns,
    batch
from market.quotes;

comment on view market.ticks is 'Trades and quotes together, for people.';
comment on column market.ticks.kind is 'trade or quote.';
comment on column market.ticks.price is
'Price of a trade; mid of a quote, null where it has one side.';

grant select on market.ticks to stockpulse_reader;

reset role;
