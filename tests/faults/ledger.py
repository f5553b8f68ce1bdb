"""Records what a test produces and compares the database with it, message by message."""

import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import psycopg
from confluent_kafka import Message, Producer

from tests import support

SOURCE = "ledger"
SYMBOLS = ("AAPL", "MSFT", "NVDA", "TSLA", "AMZN", "GOOG", "KRAKEN:BTC/USD")
DELIVER_SECONDS = 120.0
LATE_EVERY = 101  # one tick in so many is hours late
SUMS = ", ".join(
    f"coalesce(sum({name}), 0)::integer"
    for name in ["messages", "stored", "duplicates", "amended", "rejected", "ignored", "trades"]
)
LOGGED = """
select symbol, tick_id, ts, price, size
from market.changed_events(0, (select number from market.newest_change()), 'trade')
"""
SLICE_SECONDS = 0.05  # between two sends of a flow

# Messages to be rejected, mixed into good ones; numbered to be distinct.
POISON = (
    b'{"v":1,"kind":"trade", no JSON %d',
    b'{"v":1,"kind":"trade","source":"ledger","symbol":"AAPL","event_time":%d,"size":"1"}',
    b'{"v":1,"kind":"trade","source":"ledger","symbol":"","price":"1","event_time":%d}',
    b'{"v":1,"kind":"trade","source":"ledger","symbol":"A","price":"-%d","event_time":1}',
    b'{"v":9,"kind":"trade","number":%d}',
    b"\xff\xfe\x00 %d",
)


class Tick(NamedTuple):
    """A tick as it has to be stored."""

    symbol: str
    tick_id: str
    ts: datetime
    price: Decimal
    size: Decimal


class Reject(NamedTuple):
    """A message as it has to be rejected."""

    topic: str
    partition: int
    offset: int
    value: bytes | None


class Ledger:
    """Produces known messages to one topic and records them."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self.topic = topic
        self.messages = 0
        self.ignored = 0  # of the messages
        self.ticks: list[Tick] = []
        self.rejects: list[Reject] = []
        # At 2,000 per second their times pass the present after half an hour; from then on they are
        # rejected.
        self._since = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=8)
        self._failures: list[str] = []
        self._poison = 0
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap_servers,
                "enable.idempotence": True,
                "linger.ms": 5,
                "message.max.bytes": 20_000_000,
                "message.timeout.ms": int(DELIVER_SECONDS * 1000),
                "queue.buffering.max.messages": 1_000_000,
                "log_level": 0,
            }
        )

    def produce(self, count: int, *, poison_every: int = 0, keyed: bool = True) -> None:
        """Sends good messages, and a bad one after every `poison_every` of them; does not wait.

        Without keys they are spread evenly over the partitions.
        """
        for _ in range(count):
            tick = self._next()
            self.ticks.append(tick)
            self._send(tick.symbol if keyed else None, encoded(tick))
            if poison_every and len(self.ticks) % poison_every == 0:
                self._poison += 1
                self.poison(POISON[self._poison % len(POISON)] % self._poison)

    def _next(self) -> Tick:
        number = len(self.ticks)
        late = timedelta(hours=2 + number % 5) if number % LATE_EVERY == 0 else timedelta()
        return Tick(
            SYMBOLS[number % len(SYMBOLS)],
            f"t{number}",
            self._since + timedelta(microseconds=7_919 * number) - late,
            Decimal(10_000 + number * 37 % 90_001).scaleb(-2),
            Decimal(1 + number % 997).scaleb(-(number % 4)),
        )

    def poison(self, value: bytes | None) -> None:
        """Sends a message that has to be rejected."""
        self._send("poison", value, on_delivery=self._rejected)

    def send(self, value: bytes, *ticks: Tick) -> None:
        """Sends a message unchanged, which has to be stored as `ticks`."""
        self.ticks += ticks
        self._send("sent", value)

    def send_ignored(self, value: bytes | None) -> None:
        """Sends a message without an event, such as a heartbeat."""
        self.ignored += 1
        self._send("ignored", value)

    def flush(self, seconds: float = DELIVER_SECONDS) -> None:
        """Returns once the broker has acknowledged every message."""
        left = self._producer.flush(seconds)
        assert left == 0, f"the broker has not acknowledged {left} messages"
        assert not self._failures, self._failures[0]

    def _send(self, key: str | None, value: bytes | None, on_delivery=None) -> None:
        self.messages += 1
        self._producer.produce(self.topic, value, key, on_delivery=on_delivery or self._delivered)
        self._producer.poll(0)

    def _delivered(self, error: object, _message: Message) -> None:
        if error is not None:
            self._failures.append(str(error))

    def _rejected(self, error: object, message: Message) -> None:
        self._delivered(error, message)
        if error is None:
            place = message.topic(), message.partition(), message.offset()
            self.rejects.append(Reject(*place, message.value()))

    def wait(self, url: str, seconds: float = 60.0) -> None:
        """Returns once as many ticks and rejects are stored as were sent."""
        with psycopg.connect(url, autocommit=True) as conn:
            support.wait_until(
                lambda: counts(conn) == (len(self.ticks), len(self.rejects)),
                f"{len(self.ticks)} ticks and {len(self.rejects)} rejects",
                seconds,
            )

    def include(self, other: "Ledger") -> None:
        """Expects also what another ledger has sent."""
        self.ticks += other.ticks
        self.rejects += other.rejects
        self.messages += other.messages
        self.ignored += other.ignored

    def compare(self, url: str, *, some_twice: bool = False, replayed: int = 0) -> None:
        """Fails unless the database holds exactly what was sent, and has counted every message.

        `some_twice`: some good messages may have been read a second time, and count as duplicates.
        `replayed`: this many of the messages were rejected at first and stored by a replay.
        """
        with psycopg.connect(url) as conn:
            conn.execute("set timezone = 'UTC'")
            stored = conn.execute("select symbol, tick_id, ts, price, size from market.trades")
            _same("ticks", Counter(map(Tick._make, stored)), Counter(self.ticks))
            logged = conn.execute(LOGGED)
            _same("ticks of changes", Counter(map(Tick._make, logged)), Counter(self.ticks))
            rejected = conn.execute('select topic, "partition", "offset", "value" from ops.rejects')
            _same("rejects", Counter(map(Reject._make, rejected)), Counter(self.rejects))
            counted = conn.execute(f"select {SUMS} from ops.load_batches").fetchone()
        assert counted is not None
        messages, stored, duplicates, amended, rejected, ignored, trades = counted
        assert (ignored, trades) == (self.ignored, len(self.ticks))
        assert rejected == len(self.rejects) + replayed
        assert stored == self.messages - len(self.rejects) - ignored
        assert amended == 0
        assert duplicates == 0 or some_twice
        assert messages == self.messages + duplicates + replayed


class Flow:
    """Sends a ledger's messages in a thread until the context is left, and `at_least` so many."""

    def __init__(
        self, ledger: Ledger, *, at_least: int, per_second: float, poison_every: int = 0
    ) -> None:
        self._ledger = ledger
        self._at_least = at_least
        self._slice = max(1, int(per_second * SLICE_SECONDS))
        self._poison_every = poison_every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Flow":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()
        self._ledger.flush()

    def _run(self) -> None:
        while not self._over.wait(SLICE_SECONDS):
            self._send(self._slice)
        self._send(max(0, self._at_least - len(self._ledger.ticks)))

    def _send(self, count: int) -> None:
        self._ledger.produce(count, poison_every=self._poison_every)


def encoded(tick: Tick, **others: object) -> bytes:
    """Returns a tick as a native message, with `others` added or changed."""
    message = {
        "v": 1,
        "kind": "trade",
        "source": SOURCE,
        "symbol": tick.symbol,
        "event_time": tick.ts.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "price": format(tick.price, "f"),
        "size": format(tick.size, "f"),
        "dedupe_id": tick.tick_id,
    }
    return json.dumps(message | others).encode()


def counts(conn: psycopg.Connection) -> tuple[int, int]:
    """Returns how many ticks and how many rejects are stored."""
    row = conn.execute(
        "select (select count(*) from market.trades), (select count(*) from ops.rejects)"
    ).fetchone()
    assert row is not None
    return row


def wait_for_more(url: str) -> None:
    """Returns once the database holds 500 more ticks than now."""
    with psycopg.connect(url, autocommit=True) as conn:
        goal = counts(conn)[0] + 500
        support.wait_until(lambda: counts(conn)[0] > goal, "more ticks are stored", 60.0)


def _same(what: str, stored: Counter, sent: Counter) -> None:
    """Fails with some of the differences; all of them would take minutes to print."""
    missing, surplus = sent - stored, stored - sent
    assert stored == sent, (
        f"{what}: {missing.total()} missing, for example {list(missing)[:3]}; "
        f"{surplus.total()} too many, for example {list(surplus)[:3]}"
    )
