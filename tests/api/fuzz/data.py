"""A little of everything that the API can show, so that few requests find nothing."""

from datetime import timedelta

from tests.api.store import NOON, Quote, Store, Tick, minute

STATEMENTS = (
    "update market.trades set tick_id = 'V:' || tick_id, exchange = 'V', tape = 'C',"
    " conditions = '{@,I}' where symbol = 'MSFT'",
    "update market.trades set side = 'buy' where seq % 3 = 0",
    "update market.trades set side = 'sell' where seq % 3 = 1",
    "update market.instruments set price_scale = 1, asset_class = 'crypto', calendar = '24/7'"
    " where symbol = 'KRAKEN:BTC/USD'",
    "update market.instruments set asset_class = 'equity', calendar = 'XNYS'"
    " where symbol in ('AAPL', 'MSFT')",
    "insert into market.names (symbol, until, instrument)"
    " values ('FB', '2026-02-27 12:10Z', 'META')",
    "insert into market.corporate_actions values ('AAPL', '2026-02-27 12:20Z', 'split', 4, 1)",
    "insert into market.sessions (calendar, session_date, open_at, close_at) values"
    " ('XNYS', '2026-02-26', '2026-02-26 14:30Z', '2026-02-26 21:00Z'),"
    " ('XNYS', '2026-02-27', '2026-02-27 11:30Z', '2026-02-27 21:00Z'),"
    " ('24/7', '2026-02-27', '2026-02-27 00:00Z', '2026-02-28 00:00Z')",
    "insert into market.vendor_bars (symbol, source, interval, bucket, open, high, low, close,"
    " volume, trades, is_final, batch) values"
    " ('AAPL', 'yahoo', '1d', '2026-02-20', 180, 185.5, 179, 184, 1000000, null, true, 1)",
)


def fill(store: Store, edition: str) -> None:
    """Stores trades, quotes, names, splits, sessions and a vendor's bar."""
    for symbol in ("AAPL", "MSFT", "META", "KRAKEN:BTC/USD"):
        store.ticks(symbol, [Tick(NOON + timedelta(seconds=20 * n), "189.5") for n in range(120)])
        store.ticks(symbol, [Tick(minute(5 - n), f"19{n}.25", None) for n in range(5)])
    store.ticks("FB", [Tick(NOON + timedelta(seconds=n), "188") for n in range(9)])
    for symbol in ("KRAKEN:ETH/EUR", "COINBASE:ETH-EUR"):
        store.ticks(symbol, [Tick(NOON, "3000.123456789", "0.00000001")])
    store.ticks("CBOE:VIX", [Tick(NOON, "-0.5"), Tick(minute(1), "0")])
    store.quotes("AAPL", [Quote(NOON, "189.4", "189.6", "3"), Quote(minute(1), "190", None)])
    store.quotes(
        "OANDA:EUR/USD", [Quote(NOON + timedelta(seconds=n), "1.1", "1.2") for n in (1, 9)]
    )
    store.quotes("OANDA:EUR/USD", [Quote(minute(2), None, "1.2"), Quote(minute(1), "1.1", "1.3")])
    for statement in STATEMENTS:
        store.execute(statement)
    store.make_candles(edition)
