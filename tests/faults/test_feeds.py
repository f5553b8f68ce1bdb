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
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg
import pytest

from ingest.feed import gaps
from ingest.feed.gaps import Found
from ingest.feed.history import History
from ingest.formats.finnhub import decode as decode_finnhub
from ingest.formats.payload import read as read_json
from ingest.formats.times import EPOCH, MICROSECOND
from ingest.loader.settings import LoaderSettings
from stack.broker import Broker
from stack.venue import bybit
from stack.venue.alpaca import AlpacaVenue
from stack.venue.binance import BinanceVenue
from stack.venue.bybit import BybitVenue
from stack.venue.coinbase import CoinbaseVenue
from stack.venue.finnhub import FinnhubVenue
from stack.venue.kraken import KrakenVenue
from stack.venue.market import Deal, Market
from stack.venue.okx import OkxVenue
from stack.venue.sockets import SocketVenue
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
STALL_SECONDS = 1.2  # longer than any venue may be silent
STOCKS = ("AAPL", "BINANCE:BTCUSDT")
TOKEN, ALPACA_TOKEN = "s3cr3t", "PK1:s3cr3t"
RATE = 100.0  # rounds of trades per second: one at Finnhub, one at another venue
FILLERS = 4  # gaps that are filled at once
MILLISECOND = timedelta(milliseconds=1)

Identity = tuple[str, str, datetime]  # symbol, id, time


class Kind(NamedTuple):
    """A venue, and what its trades are stored as."""

    source: str
    make: Callable[..., SocketVenue]
    pairs: tuple[str, str]
    unit: timedelta = MILLISECOND  # of its times
    id_of: Callable[[Deal], str] = lambda deal: str(deal.id)
    gives_all: bool = True  # of the past
    has_prefix: bool = True  # before its symbols

    def identity(self, pair: str, deal: Deal) -> Identity:
        """Returns what a trade is stored as."""
        prefix = f"{self.source.partition('.')[0].upper()}:" if self.has_prefix else ""
        return prefix + pair, self.id_of(deal), deal.time - (deal.time - EPOCH) % self.unit


def alpaca(market: Market, _pairs: Sequence[str], **_: float) -> AlpacaVenue:
    """Returns an Alpaca, which knows every symbol and has no heartbeats."""
    return AlpacaVenue(ALPACA_TOKEN, market)


WORDS = ("BTCUSDT", "ETHUSDT")
KRAKEN = Kind("kraken", KrakenVenue, ("BTC/USD", "ETH/USD"), MICROSECOND)
COINBASE = Kind("coinbase", CoinbaseVenue, ("BTC-USD", "ETH-USD"), MICROSECOND)
KINDS = (KRAKEN, COINBASE)
FULL_KINDS = (
    KRAKEN,
    COINBASE,
    Kind("binance", BinanceVenue, WORDS),
    Kind("okx.all", OkxVenue, ("BTC-USDT", "ETH-USDT")),
    Kind("bybit", BybitVenue, WORDS, id_of=bybit.id_of, gives_all=False),
    Kind(
        "alpaca",
        alpaca,
        ("AAPL", "IBM"),
        MICROSECOND,
        id_of=lambda deal: f"V:{deal.id}",
        has_prefix=False,
    ),
)


class World:
    """Venues that trade, and the process that feeds from them."""

    def __init__(
        self, home: Path, broker: Broker, topic: str, loaders: Loaders, kinds: Sequence[Kind]
    ) -> None:
        self.started = time.time()
        self.base = self.started - 7200
        self.now = clock(self.base, self.started, SPEED)
        self.venues = {
            kind: kind.make(Market(self.now), kind.pairs, heartbeat_seconds=0.1) for kind in kinds
        }
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
        tables = [(kind.source, kind.pairs, venue.url) for kind, venue in self.venues.items()]
        (self._home / "feeds.toml").write_text(
            "".join(
                f'[{source}]\nsymbols = {json.dumps(names)}\nurl = "{url}"\nidle_seconds = 0.6\n'
                for source, names, url in [*tables, ("finnhub", STOCKS, self.finnhub.url)]
            )
        )

    def start_feed(self) -> None:
        tokens = {"STOCKPULSE_FINNHUB_TOKEN": TOKEN, "STOCKPULSE_ALPACA_TOKEN": ALPACA_TOKEN}
        environ = self.loaders.environ | tokens
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

    @property
    def connects(self) -> int:
        """Number of connections that the feeds have made."""
        return self.log.read_text().count("INFO connected")

    def stop_feed(self) -> None:
        assert self.feed is not None
        self.feed.send_signal(signal.SIGTERM)
        assert self.feed.wait(20) == 0, self.log.read_text()[-3000:]

    def trade(self) -> None:
        """Makes a trade at a venue and at Finnhub; sometimes twice, or in another order."""
        kind, venue = self._random.choice(list(self.venues.items()))
        pair = self._random.choice(kind.pairs)
        deals = venue.trade(pair, self._random.choice((1, 1, 1, 2)))
        if self._random.random() < 0.02:
            venue.send(pair, reversed(deals))
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

    def deals(self, kind: Kind) -> set[Identity]:
        """Returns all trades of a venue."""
        made = self.venues[kind].market.deals
        return {
            kind.identity(pair, deal) for pair in kind.pairs for deal in list(made.get(pair, []))
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
    for venue in world.venues.values():
        venue.cut()
    world.finnhub.cut()


def close(world: World) -> None:
    for venue in world.venues.values():
        venue.cut(clean=True)


def stall(world: World) -> None:
    for venue in world.venues.values():
        venue.is_silent = True
    time.sleep(STALL_SECONDS)
    for venue in world.venues.values():
        venue.is_silent = False


def garbage(world: World) -> None:
    for text in ("{", '{"channel":"trade","type":"update","data":[{"symbol":7}]}', "\x00", "[]"):
        for venue in world.venues.values():
            venue.send_raw(text)
        world.finnhub.send_raw(text)


def refuse(world: World) -> None:
    world.finnhub.busy = 3
    for venue in world.venues.values():
        venue.refuses = HTTPStatus.SERVICE_UNAVAILABLE
    cut(world)
    time.sleep(0.7)
    for venue in world.venues.values():
        venue.refuses = None


def refuse_login(world: World) -> None:
    alpacas = [one for one in world.venues.values() if isinstance(one, AlpacaVenue)]
    asking: list[Any] = [world.finnhub, *alpacas]
    tokens = [one.token for one in asking]
    for one in asking:
        one.token = "another"
        one.cut()
    time.sleep(0.5)
    for one, token in zip(asking, tokens, strict=True):
        one.token = token


def lose_a_snapshot(world: World) -> None:
    for venue in world.venues.values():
        venue.snapshots = False
        venue.cut()
    time.sleep(0.5)
    for venue in world.venues.values():
        venue.snapshots = True


def renumber(world: World) -> None:
    """Begins a new sequence at Kraken; the others never do."""
    venue, pair = world.venues[KRAKEN], random.choice(KRAKEN.pairs)
    first = random.choice((1, 10**6, 10**9)) + random.randrange(10**5)
    venue.call(venue.market.restart_ids, pair, first)
    cut(world)


def kill_feed(world: World) -> None:
    """Waits for the next feed: one that finds no broker when it starts ends."""
    world.kill_feed()
    time.sleep(0.3)
    before = world.connects
    world.start_feed()
    wait_until(lambda: world.connects > before, "a connection of the next feed", 60)


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


@pytest.fixture
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asks venues for the past without the pauses that real ones want."""

    def quick(source: str) -> History | None:
        found = history_of(source)
        return None if found is None else msgspec.structs.replace(found, pause=0.0)

    history_of = gaps.history_of
    monkeypatch.setattr(gaps, "history_of", quick)


@pytest.mark.usefixtures("_without_pauses")
def test_every_event_is_stored_once_or_lies_in_a_gap_that_is_filled(
    own_kafka: Broker, loaders_of: MakeLoaders, fresh_database: str, tmp_path: Path, full: bool
) -> None:
    live, backfill = "live", "backfill"
    own_kafka.create_topics([live, backfill, f"{live}.dead"])
    loaders = loaders_of(fresh_database, own_kafka, f"{live},{backfill}")
    loaders.start()
    loaders.start()
    world = World(tmp_path, own_kafka, live, loaders, FULL_KINDS if full else KINDS)
    chaos = random.Random(11)
    with ExitStack() as stack:
        for venue in (*world.venues.values(), world.finnhub):
            stack.enter_context(running(venue))
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
            compare(conn, "finnhub", stored(conn, "finnhub"), world.sent)
            compare_all(world, conn)
            fill(world, fresh_database, end)
            wait_for_quiet(conn)
            compare_all(world, conn)
            for kind in world.venues:
                left = gaps.find(fresh_database, source=kind.source, until=end)
                assert left == [] or not kind.gives_all


def compare_all(world: World, conn: psycopg.Connection[Any]) -> None:
    """Compares what is stored with what each venue has made."""
    for kind in world.venues:
        rows, made = stored(conn, kind.source), world.deals(kind)
        compare(conn, kind.source, rows, made)
        compare_labels(conn, kind.source, rows, made)


def settle(world: World, conn: psycopg.Connection[Any]) -> None:
    """Waits until the feed is connected and the newest trades come through."""
    due = world.now()
    wanted = len(STOCKS) + sum(len(kind.pairs) for kind in world.venues)

    def fresh() -> bool:
        rows = conn.execute(
            "select symbol, source, max(ts) from market.trades group by 1, 2"
        ).fetchall()
        return len(rows) == wanted and all(ts > due for *_, ts in rows)

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
    return max(ts for kind in world.venues for _, _, ts in world.deals(kind))


def fill(world: World, database_url: str, until: datetime) -> None:
    settings = LoaderSettings(bootstrap_servers=world.broker.bootstrap_servers)
    urls = {kind.source: venue.rest_url for kind, venue in world.venues.items()}

    def one(found: Found) -> None:
        url = urls.get(found.gap.source, "")
        stop = threading.Event()
        gaps.fill(
            settings, database_url, found, stop, url=url, token=ALPACA_TOKEN, topic="backfill"
        )

    with ThreadPoolExecutor(FILLERS) as pool:
        for done in [pool.submit(one, found) for found in gaps.find(database_url, until=until)]:
            done.result()
