-- The market of docs/sql.md: no random, no clock, nothing but whole numbers.
--
-- AAPL   sim     a trade every 20 s of four sessions, the week-end and New York's change to
--                summer time among them; the half hour before each opening; a halt of four minutes
--        iex     a trade per minute of one of them, mostly a cent away
-- IBM    alpaca  a trade every ten minutes of one session, by the rules of US equities
-- ACME   sim     a trade per hour of four sessions; APEX from the second on, split 4:1 before the last
-- EUR/USD        a quote every 10 s of four hours
-- BTC/USD        a trade every 5 min of a week, and one in each of the many weeks before and after
insert into market.instruments (symbol, asset_class, base, quote, primary_source, calendar) values
('AAPL', 'equity', null, 'USD', 'sim', 'XNYS'),
('ACME', 'equity', null, 'USD', 'sim', 'XNYS'),
('APEX', 'equity', null, 'USD', 'sim', 'XNYS'),
('IBM', 'equity', null, 'USD', 'alpaca', 'XNYS'),
('DUKASCOPY:EUR/USD', 'fx', 'EUR', 'USD', 'dukascopy', null),
('KRAKEN:BTC/USD', 'crypto', 'BTC', 'USD', 'kraken', '24/7');

insert into market.names (symbol, until, instrument) values
('ACME', '2026-03-06 14:30+00', 'APEX');

insert into market.corporate_actions (instrument, ex_at, kind, numerator, denominator) values
('APEX', '2026-03-10 13:30+00', 'split', 4, 1);

insert into market.sessions (calendar, session_date, open_at, close_at) values
('XNYS', '2026-03-05', '2026-03-05 14:30+00', '2026-03-05 21:00+00'),
('XNYS', '2026-03-06', '2026-03-06 14:30+00', '2026-03-06 21:00+00'),
('XNYS', '2026-03-09', '2026-03-09 13:30+00', '2026-03-09 20:00+00'),
('XNYS', '2026-03-10', '2026-03-10 13:30+00', '2026-03-10 20:00+00');

with days as (
    select
        session_date,
        open_at,
        18000 + 40 * row_number() over (order by session_date) as base
    from market.sessions
),
steps as (
    select
        days.*,
        n,
        open_at - interval '30 minutes' + n * interval '20 seconds' as ts
    from days
    cross join generate_series(0, 21 * 60 - 1) as n
),
trades as (
    select
        ts,
        'AAPL' as symbol,
        'sim' as source,
        -- up and down within 400 steps, a slower wave beneath, and a jitter
        base + abs(n % 400 - 200) - abs((n + 300) % 1800 - 900) / 3 + n * 37 % 11 as cents,
        1 + n * 53 % 200 as size
    from steps
    where (n >= 90 or n % 10 = 0) -- thinner before the opening
        and not (session_date = '2026-03-06' and n between 600 and 611)
    union all
    select
        ts + interval '7 seconds',
        'AAPL',
        'iex',
        base + abs(n % 400 - 200) - abs((n + 300) % 1800 - 900) / 3 + n * 37 % 11 + n % 4 - 1,
        1 + n * 31 % 50
    from steps
    where session_date = '2026-03-06' and n >= 90 and n % 3 = 0
        and not n between 600 and 611
    union all
    select
        ts,
        case when session_date < '2026-03-06' then 'ACME' else 'APEX' end,
        'sim',
        (30 * (base - 17000) + n * 13 % 700) / case session_date when '2026-03-10' then 4 else 1 end,
        (10 + n % 7) * case session_date when '2026-03-10' then 4 else 1 end
    from steps
    where n >= 90 and n % 180 = 90
    union all
    select
        ts,
        'KRAKEN:BTC/USD',
        'kraken',
        6800000 + 2000 * abs(n % 500 - 250) + n * 7919 % 1000,
        1 + n * 7 % 9
    from generate_series(0, 7 * 288 - 1) as n
    cross join lateral (
        select timestamptz '2026-03-05 00:00+00' + n * interval '5 minutes' as ts
    ) as moments
    union all
    select
        timestamptz '2025-06-04 12:00+00' + n * interval '168 hours',
        'KRAKEN:BTC/USD',
        'kraken',
        6000000 + 20000 * n,
        2
    from generate_series(0, 44) as n
    where n <> 39 -- the week above
)
insert into market.trades (
    ts, symbol, source, price, size, tick_id, seq, batch, rules, moves
)
select
    ts,
    symbol,
    source,
    round(cents / 100.0, 2),
    size,
    'n' || row_number() over (order by ts, symbol, source),
    row_number() over (order by ts, symbol, source),
    1,
    1,
    221 -- everything
from trades;

-- Which trades of US equities move a bar depends on their condition: one by a prior reference price
-- (P) counts in the volume of its minute, and also in high and low of its day; the official close (9)
-- moves the day alone.
with numbers as (
    select
        n,
        timestamptz '2026-03-06 14:30+00' + n * interval '10 minutes' as ts,
        case when n = 12 then 'P' when n = 38 then '9' else '@' end as condition
    from generate_series(0, 38) as n
)
insert into market.trades (
    ts, symbol, source, price, size, tick_id, tape, conditions, seq, batch, rules, moves
)
select
    ts,
    'IBM',
    'alpaca',
    250 + round((n * 7 % 13 + case condition when 'P' then 200 else 0 end) / 100.0, 2),
    100 + n,
    n::text,
    'A',
    array[condition],
    n,
    1,
    1,
    case condition when 'P' then 8 + 32 + 64 + 128 when '9' then 16 + 64 else 221 end
from numbers;

with quotes as (
    select
        timestamptz '2026-03-09 12:00+00' + n * interval '10 seconds' as ts,
        n,
        108000 + abs(n % 300 - 150) + n * 13 % 7 as bid,
        2 + n * 29 % 5 + case when n between 540 and 560 then 9 else 0 end as spread
    from generate_series(0, 4 * 360 - 1) as n
)
insert into market.quotes (
    ts, symbol, source, bid, ask, bid_size, ask_size, tick_id, seq, batch, moves
)
select
    ts,
    'DUKASCOPY:EUR/USD',
    'dukascopy',
    round(bid / 100000.0, 5),
    round((bid + spread) / 100000.0, 5),
    1 + n * 7 % 5,
    1 + n * 11 % 6,
    'n' || row_number() over (order by ts),
    n,
    1,
    7 -- all three candles
from quotes;

-- The feed of AAPL on 6 March was interrupted.
select ops.add_feed_markers(
    json_agg(
        json_build_object(
            'state', state,
            'source', 'sim',
            'session', session,
            'topic', 'stock.ticks.v1',
            'partition', 0,
            'offset', "offset",
            'symbol', 'AAPL',
            'event_kind', 'trade',
            'since', since,
            'until', until
        )
    )
)
from (
    values
    (1, 'start', 'one', '2026-03-06 14:00+00', null),
    (2, 'end', 'one', null, '2026-03-06 17:30:20+00'),
    (3, 'start', 'two', '2026-03-06 17:32:05+00', null),
    (4, 'end', 'two', null, '2026-03-06 21:00+00')
) as markers ("offset", state, session, since, until);

-- Bars of a vendor, of the last minutes of a day on which there was no feed.
insert into market.vendor_bars (
    symbol, source, "interval", bucket, open, high, low, close, volume, is_final, batch
)
select 'AAPL', 'alphavantage', '1m', bucket::timestamptz, open, high, low, close, volume, true, 1
from (
    values
    ('2026-03-04 20:57', 179.80, 179.91, 179.78, 179.90, 5120),
    ('2026-03-04 20:58', 179.90, 179.95, 179.86, 179.88, 4310),
    ('2026-03-04 20:59', 179.88, 180.02, 179.85, 180.01, 9870)
) as bars (bucket, open, high, low, close, volume);
