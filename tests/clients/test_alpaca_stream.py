"""alpaca-py's streams get what the database has, by their url_override alone.

CLIENT_SECONDS says how long the loader goes on; `make clients` has two minutes of it.
"""

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.formats.times import rfc3339
from ingest.store.store import Store, opened
from tests.clients.running import address_of, rows
from tests.ingest import made
from tests.support import wait_until

SCRIPT = Path(__file__).with_name("alpaca_stream_client.py")
SECONDS = float(os.environ.get("CLIENT_SECONDS", "3"))
BATCH_SECONDS = 0.1
MINUTE = timedelta(minutes=1)
SYMBOLS = ("AAPL", "MSFT", "KRAKEN:BTC/USD")
STORED = {"BTC/USD": "KRAKEN:BTC/USD"}  # by the names of the script

TRADES = """
select symbol, tick_id::bigint, ts, price::float, size::float from market.trades
where symbol in ('AAPL', 'MSFT', 'KRAKEN:BTC/USD') and seq > 0
"""
QUOTES = """
select ts, bid::float, ask::float from market.quotes where symbol = 'AAPL' order by ts, seq
"""
# The bars of the minutes that are over, but for those of the trades before the subscription alone.
BARS = """
select
    symbol, date_trunc('minute', ts), (array_agg(price order by ts, seq)) [1]::float,
    max(price)::float, min(price)::float, (array_agg(price order by ts desc, seq desc)) [1]::float,
    sum(size)::float, count(*)::float
from market.trades
where symbol in ('AAPL', 'MSFT', 'KRAKEN:BTC/USD') and ts < '{until}'
group by 1, 2
having max(seq) > 0
"""

Row = tuple[Any, ...]


class Live:
    """The loader: batches of trades and quotes of now, some late, corrected or cancelled."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers = itertools.count(1)
        self._offsets = itertools.count()
        self._marked: tuple[int, datetime] | None = None  # a trade of AAPL to be amended
        store.add_offsets(("t", 0), 0, "cluster", None)

    def start(self) -> None:
        """Loads a trade of each symbol, so that they are known."""
        self._load([_trade(0, symbol, datetime.now(UTC)) for symbol in SYMBOLS])

    def run(self, seconds: float) -> None:
        """Loads batches for some time."""
        end = time.monotonic() + seconds
        for turn in itertools.count():
            self._load(self._batch(turn))
            if time.monotonic() > end:
                return
            time.sleep(BATCH_SECONDS)  # the time between two batches of a loader

    def _batch(self, turn: int) -> list[bytes]:
        now = datetime.now(UTC)
        values = [_trade(next(self._numbers), symbol, now) for symbol in SYMBOLS * 2]
        values.append(_quote(turn, now))
        match turn % 10:
            case 2:
                self._marked = next(self._numbers), now
                values.append(_trade(self._marked[0], "AAPL", now))
            case 4:
                values.append(_trade(next(self._numbers), "AAPL", now - timedelta(seconds=90)))
            case 6 if self._marked:
                values.append(_trade(*self._amended, flags=["correction"], price="777.50"))
            case 8 if self._marked:
                values.append(_trade(*self._amended, flags=["cancel"], price=None, size=None))
        return values

    @property
    def _amended(self) -> tuple[int, str, datetime]:
        assert self._marked is not None
        number, at = self._marked
        return number, "AAPL", at

    def _load(self, values: list[bytes]) -> None:
        messages = [made.Message(value, next(self._offsets)) for value in values]
        batch = made.batch(messages, known=self._store.catalog, now=datetime.now(UTC))
        self._store.store(batch)


class Received:
    """The lines that the script has printed so far."""

    def __init__(self, output: Iterable[str]) -> None:
        self.lines: list[dict[str, Any]] = []
        self._reading = threading.Thread(target=self._read, args=[output])
        self._reading.start()

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """Returns the lines of some kinds, in their order."""
        return [line for line in list(self.lines) if line["kind"] in kinds]

    def trades(self) -> dict[Row, Row]:
        """Returns the trades after all corrections and cancels; fails on one that came twice."""
        known: dict[Row, Row] = {}
        for line in self.of("t", "c", "x"):
            symbol, at = _stored(line), _time(line["timestamp"])
            match line["kind"]:
                case "t":
                    assert (symbol, line["id"]) not in known, f"{line} came twice"
                    known[symbol, line["id"]] = (at, line["price"], line["size"])
                case "c":
                    del known[symbol, line["original_id"]]
                    values = (at, line["corrected_price"], line["corrected_size"])
                    known[symbol, line["corrected_id"]] = values
                case "x":
                    del known[symbol, line["id"]]
        return known

    def quotes(self) -> list[Row]:
        """Returns the quotes as they came."""
        return [
            (_time(line["timestamp"]), line["bid_price"], line["ask_price"])
            for line in self.of("q")
        ]

    def final(self) -> set[Row]:
        """Returns the minutes that came as final bars, not as revised ones alone."""
        return {(_stored(line), _time(line["timestamp"])) for line in self.of("b")}

    def bars(self) -> dict[Row, Row]:
        """Returns the last values of each minute; fails on one that was final twice."""
        known: dict[Row, Row] = {}
        for line in self.of("b", "u"):
            key = _stored(line), _time(line["timestamp"])
            assert line["kind"] == "u" or key not in known, f"{line} came twice"
            names = ("open", "high", "low", "close", "volume", "trade_count")
            known[key] = tuple(line[name] for name in names)
        return known

    def _read(self, output: Iterable[str]) -> None:
        for line in output:
            self.lines.append(json.loads(line))

    def join(self) -> None:
        self._reading.join(timeout=30)


@contextmanager
def receiving(url: str) -> Iterator[Received]:
    """Runs the script against the API over a database, and ends it."""
    with address_of(url) as base:
        command = [sys.executable, str(SCRIPT), base.replace("http", "ws", 1) + "/alpaca"]
        with subprocess.Popen(
            [*command, "any", "any"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as script:
            assert script.stdout is not None
            assert script.stdin is not None
            received = Received(script.stdout)
            try:
                yield received
            finally:
                script.stdin.close()
                script.wait(timeout=30)
                received.join()


def test_the_client_gets_what_the_database_has(fresh_database: str) -> None:
    with opened(fresh_database) as store, receiving(fresh_database) as received:
        live = Live(store)
        live.start()
        wait_until(lambda: _subscriptions(received) == 2, "both streams are subscribed")
        began = datetime.now(UTC)
        live.run(SECONDS)
        over = datetime.now(UTC).replace(second=0, microsecond=0)
        trades = {(row[0], row[1]): tuple(row[2:]) for row in rows(fresh_database, TRADES)}
        quotes = [tuple(row) for row in rows(fresh_database, QUOTES)]
        bars = {
            (row[0], row[1]): tuple(row[2:])
            for row in rows(fresh_database, BARS.format(until=over.isoformat()))
        }
        with suppress(AssertionError):  # the comparison below says more
            wait_until(lambda: received.trades() == trades, "all trades came")
            wait_until(lambda: received.quotes() == quotes, "all quotes came")
            wait_until(lambda: bars.items() <= received.bars().items(), "all bars came")
        assert received.trades() == trades
        assert received.quotes() == quotes
        assert bars == {key: received.bars().get(key) for key in bars}
        assert {key for key in bars if key[1] + MINUTE > began} <= received.final()
        wait_until(lambda: received.of("d") != [], "the bar of the day comes")
        assert len(received.of("d")) <= 2 + SECONDS / 60
        assert received.of("c") != []
        assert received.of("x") != []
        bad = [line for line in received.of("log") if line["level"] != "INFO"]
        assert bad == []


def _subscriptions(received: Received) -> int:
    return sum(line["text"].startswith("subscribed to") for line in received.of("log"))


def _trade(number: int, symbol: str, at: datetime, **changes: object) -> bytes:
    values = {"price": f"{100 + number % 7}.{number % 10}", "size": f"{number % 5 + 1}"}
    return made.trade(number, **values | {"symbol": symbol, "event_time": rfc3339(at)} | changes)


def _quote(number: int, at: datetime) -> bytes:
    return made.quote(
        symbol="AAPL",
        event_time=rfc3339(at),
        bid=f"{99 + number % 3}.5",
        ask=f"{102 + number % 3}",
        dedupe_id=f"q{number}",
    )


def _stored(line: dict[str, Any]) -> str:
    return STORED.get(line["symbol"], line["symbol"])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
