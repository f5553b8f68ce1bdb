"""Feeds of venues that misbehave, while feeds, loaders and brokers are killed.

Afterwards every event is stored once, or lies in a gap of the ledger; then the gaps are filled.
"""

import itertools
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest.feed import gaps
from ingest.formats.finnhub import decode as decode_finnhub
from ingest.formats.payload import read as read_json
from ingest.formats.times import EPOCH, MICROSECOND
from ingest.loader.settings import LoaderSettings
from stack.broker import Broker
from stack.venue.finnhub import FinnhubVenue
from stack.venue.kraken import KrakenVenue
from stack.venue.market import Deal, Market
from stack.venue.thread import running
from tests.faults.conftest import MakeLoaders
from tests.faults.feed_process import clock
from tests.faults.loaders import ROOT, Loaders
from tests.support import wait_until

pytestmark = pytest.mark.kafka

SPEED = 6.0  # of the simulated clock
FAULTS, FULL_FAULTS = 12, 100
FAULT_SECONDS = 1.0  # between two, plus the time each takes
FULL_FAULT_SECONDS = 4.5
PAIRS = ("BTC/USD", "ETH/USD")
STOCKS = ("AAPL", "BINANCE:BTCUSDT")
TOKEN = "s3cr3t"
RATE = 100.0  # trades per second of both venues
SYMBOLS = [(f"KRAKEN:{pair}", "kraken") for pair in PAIRS] + [(one, "finnhub") for one in STOCKS]

Identity = tuple[str, str, datetime]  # symbol, id, time


class World:
    """Two venues that trade, and the process that feeds from them."""

    def __init__(self, home: Path, broker: Broker, topic: str, loaders: Loaders) -> None:
        self.started = time.time()
        self.base = self.started - 7200
        self.now = clock(self.base, self.started, SPEED)
        self.kraken = KrakenVenue(Market(self.now), PAIRS, heartbeat_seconds=0.1)
        self.finnhub = FinnhubVenue(TOKEN)
        self.sent: set[Identity] = set()  # by Finnhub, as derived
        self.topic, self.broker, self.loaders = topic, broker, loaders
        self.log = home / "feed.log"
        self._home = home
        self._random = random.Random(7)
        self._lock = threading.Lock()
        self._prices = itertools.count(1)
        self.feed: subprocess.Popen[bytes] | None = None

    def configure(self) -> None:
        """Writes feeds.toml."""
        pairs, stocks = json.dumps(PAIRS), json.dumps(STOCKS)
        (self._home / "feeds.toml").write_text(
            f'[kraken]\nsymbols = {pairs}\nurl = "{self.kraken.url}"\nidle_seconds = 0.6\n'
            f'[finnhub]\nsymbols = {stocks}\nurl = "{self.finnhub.url}"\nidle_seconds = 0.6\n'
        )

    def start_feed(self) -> None:
        environ = self.loaders.environ | {"STOCKPULSE_FINNHUB_TOKEN": TOKEN}
        words = ["-m", "tests.faults.feed_process", str(self._home / "feeds.toml"), self.topic]
        clocks = [str(self.base), str(self.started), str(SPEED)]
        with self.log.open("ab") as log:
            self.feed = subprocess.Popen(
                [sys.executable, *words, *clocks], cwd=ROOT, env=environ, stdout=log, stderr=log
            )

    def kill_feed(self) -> None:
        assert self.feed is not None
        assert self.feed.poll() is None, self.log.read_text()[-3000:]
        self.feed.kill()
        self.feed.wait()

    def stop_feed(self) -> None:
        assert self.feed is not None
        self.feed.send_signal(signal.SIGTERM)
        assert self.feed.wait(20) == 0, self.log.read_text()[-3000:]

    def trade(self) -> None:
        """Makes a trade at both venues; sometimes twice, or in another order."""
        pair = self._random.choice(PAIRS)
        deals = self.kraken.trade(pair, self._random.choice((1, 1, 1, 2)))
        if self._random.random() < 0.02:
            self.kraken.send(pair, reversed(deals))
        frame = self._frame()
        with self._lock:
            self.sent |= set(_derived(frame))
        for _ in range(1 + (self._random.random() < 0.02)):
            self.finnhub.send_raw(json.dumps(frame))

    def _frame(self) -> dict[str, Any]:
        at = int(self.now().timestamp() * 1000)
        symbol = self._random.choice(STOCKS)
        price = next(self._prices) / 100
        item = {"s": symbol, "p": price, "t": at, "v": 10, "c": None}
        return {"type": "trade", "data": [item] * self._random.choice((1, 1, 2))}

    @property
    def deals(self) -> dict[Identity, Deal]:
        """All trades of Kraken."""
        return {
            (f"KRAKEN:{pair}", str(deal.id), deal.time): deal
            for pair in PAIRS
            for deal in list(self.kraken.market.deals.get(pair, []))
        }


def _derived(frame: dict[str, Any]) -> Iterator[Identity]:
    """Yields the identities of Finnhub's trades, as the loader reads the same frame."""
    found = decode_finnhub(read_json(json.dumps(frame).encode()), None)
    for trade in found:  # type: ignore[union-attr]
        yield trade.symbol, trade.tick_id, EPOCH + trade.us * MICROSECOND  # type: ignore[misc]


@contextmanager
def trading(world: World) -> Iterator[None]:
    """Makes trades in a thread while the context is open."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(1 / RATE):
            world.trade()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def cut(world: World) -> None:
    world.kraken.cut()
    world.finnhub.cut()


def close(world: World) -> None:
    world.kraken.cut(clean=True)


def stall(world: World) -> None:
    world.kraken.is_silent = True
    time.sleep(1.0)
    world.kraken.is_silent = False


def garbage(world: World) -> None:
    for text in ("{", '{"channel":"trade","type":"update","data":[{"symbol":7}]}', "\x00", "[]"):
        world.kraken.send_raw(text)
        world.finnhub.send_raw(text)


def refuse(world: World) -> None:
    world.kraken.refuses, world.finnhub.busy = HTTPStatus.SERVICE_UNAVAILABLE, 3
    cut(world)
    time.sleep(0.7)
    world.kraken.refuses = None


def refuse_login(world: World) -> None:
    world.finnhub.token, right = "another", world.finnhub.token
    world.finnhub.cut()
    time.sleep(0.5)
    world.finnhub.token = right


def lose_a_snapshot(world: World) -> None:
    world.kraken.snapshots = False
    world.kraken.cut()
    time.sleep(0.5)
    world.kraken.snapshots = True


def renumber(world: World) -> None:
    pair = random.choice(PAIRS)
    first = random.choice((1, 10**6, 10**9)) + random.randrange(10**5)
    world.kraken.call(world.kraken.market.restart_ids, pair, first)
    cut(world)


def kill_feed(world: World) -> None:
    world.kill_feed()
    time.sleep(0.3)
    world.start_feed()


def kill_loader(world: World) -> None:
    world.loaders._started[-1].kill()
    world.loaders.start()


def kill_broker(world: World) -> None:
    world.broker.kill()
    time.sleep(0.3)
    world.broker.start()


CHAOS: tuple[Callable[[World], None], ...] = (
    cut, close, stall, garbage, refuse, refuse_login, lose_a_snapshot, renumber, kill_feed,
    kill_loader, kill_broker,
)  # fmt: skip


def test_every_event_is_stored_once_or_lies_in_a_gap_that_is_filled(
    own_kafka: Broker, loaders_of: MakeLoaders, fresh_database: str, tmp_path: Path, full: bool
) -> None:
    live, backfill = "live", "backfill"
    own_kafka.create_topics([live, backfill, f"{live}.dead"])
    loaders = loaders_of(fresh_database, own_kafka, f"{live},{backfill}")
    loaders.start()
    loaders.start()
    world = World(tmp_path, own_kafka, live, loaders)
    chaos = random.Random(11)
    with ExitStack() as stack:
        stack.enter_context(running(world.kraken))
        stack.enter_context(running(world.finnhub))
        world.configure()
        world.start_feed()
        stack.callback(lambda: world.feed and world.feed.kill())
        with psycopg.connect(fresh_database, autocommit=True) as conn:
            with trading(world):
                wait_until(lambda: len(stored(conn, "kraken")) > 50, "the first trades", 60)
                order = [*CHAOS, *chaos.choices(CHAOS, k=FULL_FAULTS)]
                for fault in order[: FULL_FAULTS if full else FAULTS]:
                    time.sleep(FULL_FAULT_SECONDS if full else FAULT_SECONDS)
                    fault(world)
                settle(world, conn)
            end = last_trade(world)
            world.stop_feed()
            wait_for_quiet(conn)
            before = {source: stored(conn, source) for source in ("kraken", "finnhub")}
            compare(conn, "kraken", before["kraken"], set(world.deals))
            compare(conn, "finnhub", before["finnhub"], world.sent)
            compare_labels(conn, "kraken", before["kraken"], set(world.deals))
            fill(world, fresh_database, end)
            wait_for_quiet(conn)
            compare(conn, "kraken", stored(conn, "kraken"), set(world.deals))
            left = gaps.find(fresh_database, source="kraken", until=end)
            assert left == []
            compare_labels(conn, "kraken", stored(conn, "kraken"), set(world.deals))


def settle(world: World, conn: psycopg.Connection[Any]) -> None:
    """Waits until the feed is connected and the newest trades come through."""
    due = world.now()

    def fresh() -> bool:
        rows = conn.execute("select symbol, max(ts) from market.trades group by 1").fetchall()
        return len(rows) == len(SYMBOLS) and all(ts > due for _, ts in rows)

    wait_until(fresh, "new trades of every symbol", 120)


def wait_for_quiet(conn: psycopg.Connection[Any]) -> None:
    """Waits until no loader has stored anything for two seconds."""
    wait_until(
        lambda: conn.execute(
            "select max(updated_at) < now() - interval '2 s' from ops.kafka_offsets"
        ).fetchone() == (True,),
        "all to be stored",
        60,
    )  # fmt: skip


def stored(conn: psycopg.Connection[Any], source: str) -> Counter[Identity]:
    rows = conn.execute("select symbol, tick_id, ts from market.trades where source = %s", [source])
    return Counter((symbol, id_, ts.astimezone(UTC)) for symbol, id_, ts in rows)


def compare(
    conn: psycopg.Connection[Any], source: str, rows: Counter[Identity], made: set[Identity]
) -> None:
    """Every event is stored once at most, and missing only in a gap."""
    assert max(rows.values()) == 1
    assert set(rows) - made == set()
    for symbol in {symbol for symbol, _, _ in made}:
        found = conn.execute(
            "select since, until from market.gaps(%s, %s)", [symbol, source]
        ).fetchall()
        [[first]] = conn.execute(
            "select min(since) from ops.feed_series where symbol = %s and source = %s",
            [symbol, source],
        ).fetchall()
        outside = [
            (id_, ts)
            for of, id_, ts in made - set(rows)
            if of == symbol and ts >= first
            if not any(since <= ts <= until for since, until in found)
        ]
        assert outside == [], f"{symbol}: {found}"


def compare_labels(
    conn: psycopg.Connection[Any], source: str, rows: Counter[Identity], made: set[Identity]
) -> None:
    """A minute that is said to be complete has all its trades, one without trades has none."""
    for symbol in {symbol for symbol, _, _ in made}:
        missing = {ts for of, _, ts in made - set(rows) if of == symbol}
        present = {ts for of, _, ts in rows if of == symbol}
        stretches = conn.execute(
            "select since, until, state from market.coverage(%s, '1m', source => %s)",
            [symbol, source],
        ).fetchall()
        for since, until, state in stretches:
            if state in ("complete", "no trades"):
                assert not [ts for ts in missing if since <= ts < until], (symbol, since, until)
            if state == "no trades":
                assert not [ts for ts in present if since <= ts < until], (symbol, since, until)


def last_trade(world: World) -> datetime:
    return max(ts for _, _, ts in world.deals)


def fill(world: World, database_url: str, until: datetime) -> None:
    settings = LoaderSettings(bootstrap_servers=world.broker.bootstrap_servers)
    for found in gaps.find(database_url, until=until):
        gaps.fill(
            settings,
            database_url,
            found,
            threading.Event(),
            url=world.kraken.rest_url,
            topic="backfill",
        )
