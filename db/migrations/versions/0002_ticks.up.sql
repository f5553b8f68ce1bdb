set local role stockpulse_owner;

create table market.instruments (
    symbol text collate "C" not null,
    asset_class text,
    base text collate "C",
    quote text collate "C",
    price_scale smallint,
    primary_source text collate "C",
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    constraint instruments_pkey primary key (symbol),
    constraint instruments_symbol_length check (length(symbol) between 1 and 64),
    constraint instruments_price_scale_range check (price_scale between 0 and 18)
);

comment on table market.instruments is
'One row per symbol; the loader adds unknown ones, the other columns are filled in by hand.';
comment on column market.instruments.symbol is 'VENUE:INSTRUMENT, US equities bare: AAPL.';
comment on column market.instruments.asset_class is 'equity, fx, crypto, index, commodity.';
comment on column market.instruments.base is 'The priced side of a pair: EUR in EUR/USD.';
comment on column market.instruments.quote is 'The currency of the price: USD in EUR/USD.';
comment on column market.instruments.price_scale is 'Decimals in which prices are quoted.';
comment on column market.instruments.primary_source is
'The source of queries that name none; null: the one with the newest tick.';
comment on column market.instruments.first_seen_at is
'When the loader first stored a tick of the symbol.';
comment on column market.instruments.last_seen_at is
'When the loader last stored a tick of the symbol, to within ten seconds.';

create table market.ticks (
    ts timestamptz not null,
    symbol text collate "C" not null,
    source text collate "C" not null,
    price numeric not null,
    size numeric,
    bid numeric,
    ask numeric,
    tick_id text collate "C",
    ord bigint not null,
    constraint ticks_price_positive check (price > 0 and price < 'infinity'),
    constraint ticks_size_not_negative check (size >= 0 and size < 'infinity')
);

comment on table market.ticks is
'Trades, and quotes of markets without trades; only the loader writes them.';
comment on column market.ticks.ts is 'Venue time, UTC, floored to the microsecond.';
comment on column market.ticks.symbol is 'Instrument, as in market.instruments.';
comment on column market.ticks.source is
'Origin of the tick: kraken, finnhub, sim. (symbol, source) is a series; series never mix.';
comment on column market.ticks.price is 'Trade price; for a quote the mid of bid and ask.';
comment on column market.ticks.size is 'Units traded; null for a quote.';
comment on column market.ticks.bid is 'Best bid, for a quote.';
comment on column market.ticks.ask is 'Best ask, for a quote.';
comment on column market.ticks.tick_id is
'Identity within (symbol, ts, source): trade id, or derived by the publisher; null: unknown.';
comment on column market.ticks.ord is
'Order within a series: microseconds since 2000-01-01 << 12, plus 12 bits of sequence.';

select create_hypertable(
    'market.ticks', by_range('ts', interval '1 day'), create_default_indexes => false
);

-- The only index: a second one, on ts, would cost a quarter of the load speed.
create unique index ticks_identity on market.ticks (symbol, ts desc, source, tick_id);

grant select on market.instruments, market.ticks to stockpulse_reader;
grant select, insert, update (last_seen_at) on market.instruments to stockpulse_loader;
grant insert on market.ticks to stockpulse_loader;

reset role;
