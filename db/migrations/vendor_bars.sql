-- A plain table: bars are few, and are read by symbol over all of their time.
create table market.vendor_bars (
    symbol text collate "C" not null,
    source text collate "C" not null,
    "interval" text collate "C" not null,
    bucket timestamptz not null,
    open numeric not null,
    high numeric not null,
    low numeric not null,
    close numeric not null,
    volume numeric,
    trades bigint,
    is_final boolean not null,
    received_at timestamptz,
    batch bigint not null,
    constraint vendor_bars_pkey primary key (symbol, source, "interval", bucket),
    constraint vendor_bars_interval check ("interval" in ('1m', '5m', '15m', '30m', '1h', '1d')),
    constraint vendor_bars_prices check (
        low <= open and open <= high and low <= close and close <= high
    ),
    constraint vendor_bars_volume check (volume >= 0),
    constraint vendor_bars_trades check (trades >= 0)
);

comment on table market.vendor_bars is
'Bars that vendors have made, as they were sent last; market.candles() shows them where a series has
none of its own. They are kept for ever.';
comment on column market.vendor_bars.source is 'The vendor: alphavantage, yahoo.';
comment on column market.vendor_bars.interval is 'Length of the bar: 1m, 5m, 15m, 30m, 1h or 1d.';
comment on column market.vendor_bars.bucket is 'Start of the bar, inclusive.';
comment on column market.vendor_bars.volume is 'Sum of sizes; null: the vendor does not say.';
comment on column market.vendor_bars.trades is 'Number of trades; null: the vendor does not say.';
comment on column market.vendor_bars.is_final is 'False: the bar was still growing.';
comment on column market.vendor_bars.received_at is
'When the publisher had it from the vendor: an earlier message does not replace a later one.';
comment on column market.vendor_bars.batch is
'The ops.load_batches that brought it; that row may be gone.';

grant select on market.vendor_bars to stockpulse_reader;
grant select, insert, update on market.vendor_bars to stockpulse_loader;
