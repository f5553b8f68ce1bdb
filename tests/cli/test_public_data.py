"""A month of Binance's public trades, from its files to candles that equal its klines."""

import random
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

SYMBOL = "BINANCE:BTCUSDT"
SINCE = datetime(2024, 12, 15, 22, 30, tzinfo=UTC)
NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)  # files have microseconds from here on
DAYS = 31
TRADES = 5_000
FIRST_ID = 4_359_167_191
SPANS = {
    "1m": timedelta(minutes=1), "5m": timedelta(minutes=5), "15m": timedelta(minutes=15),
    "30m": timedelta(minutes=30), "1h": timedelta(hours=1), "4h": timedelta(hours=4),
    "12h": timedelta(hours=12), "1d": timedelta(days=1),
}  # fmt: skip


@pytest.fixture(scope="module")
def trades():
    """(id, time, price, size) in order of id; some have the time of the one before."""
    chance = random.Random(14)
    made, time, price = [], SINCE, Decimal("101234.56000000")
    mean = timedelta(days=DAYS) / TRADES
    for number in range(TRADES):
        if chance.random() < 0.6:
            time += mean * 2.5 * chance.random() * chance.random() * 2.66
        if time < NEW_YEAR:
            time = time.replace(microsecond=time.microsecond // 1000 * 1000)
        price += Decimal(chance.randrange(-5000, 5001)) / 100
        size = Decimal(chance.randrange(1, 9_000_000)) / 100_000_000
        made.append((FIRST_ID + number, time, price, size))
    return made


def row(trade):
    number, time, price, size = trade
    us = (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    unix = us // 1000 if time < NEW_YEAR else us
    return f"{number},{price},{size:.8f},{price * size:.8f},{unix},{bool(number % 3)},True\n"


def klines(trades, span):
    """Returns klines as Binance defines them: by start, of the trades in order of their ids."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    found = {}
    for _, time, price, size in trades:
        start = epoch + (time - epoch) // span * span
        first, high, low, _, volume, count = found.get(start, (price, price, price, 0, 0, 0))
        found[start] = (
            first, max(high, price), min(low, price), price, volume + size, count + 1,
        )  # fmt: skip
    return found


@pytest.mark.long
def test_candles_of_imported_trades_equal_the_klines_of_the_venue(
    run, environ, topic, query, trades, tmp_path
):
    older = [row(trade) for trade in trades if trade[1] < NEW_YEAR]
    newer = [row(trade) for trade in trades if trade[1] >= NEW_YEAR]
    assert min(len(older), len(newer)) > 1000
    assert trades[-1][1] - SINCE > timedelta(days=25)
    with zipfile.ZipFile(tmp_path / "BTCUSDT-trades-2024-12.zip", "w") as archive:
        archive.writestr("BTCUSDT-trades-2024-12.csv", "".join(older))
    (tmp_path / "BTCUSDT-trades-2025-01.csv").write_text("".join(newer))
    files = sorted(str(file) for file in tmp_path.glob("BTCUSDT-*"))
    words = ("publish", "csv", "--layout", "binance", *files, "--topic", topic)

    ended = run(environ, *words)
    assert ended.out == f"{TRADES} events of {SYMBOL} (binance) published\n", ended.err
    ended = run(environ, "load", "--until-end")
    assert ended.out.startswith(f"{TRADES} trades and 0 quotes stored"), ended.err
    for timeframe, span in SPANS.items():
        stored = query(
            "select bucket, open, high, low, close, volume, tick_count"
            f" from market.candles_{timeframe} where symbol = %s and source = 'binance'",
            SYMBOL,
        )
        assert {start: tuple(rest) for start, *rest in stored} == klines(trades, span), timeframe

    assert run(environ, *words).code == 0
    ended = run(environ, "load", "--until-end")
    assert f"0 trades and 0 quotes stored; messages: {TRADES} duplicates" in ended.out
