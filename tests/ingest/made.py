"""Events and messages, drawn by hypothesis or made one by one, and batches of them."""

import csv
import itertools
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from itertools import chain
from pathlib import Path

import msgspec
from hypothesis import strategies as st

from ingest.batch.batch import Batch
from ingest.formats import catalog, decode
from ingest.formats.events import LARGEST_SEQUENCE, Quote, Trade, kind_of
from ingest.formats.message import decode_message
from ingest.formats.times import rfc3339, time_text
from tests.ingest.formats import samples

NOW = datetime(2026, 2, 27, 15, tzinfo=UTC)
# For tests that run the whole loader: on the Apache-2 edition it drops old ticks.
RECENT = datetime.now(UTC) - timedelta(hours=3)
WIDE = Context(prec=120)
BATCH = 7  # the id of batches that are never stored
_numbers = itertools.count(1_000_001)  # of the others; far from those of the database's sequence

ROOT = Path(__file__).parents[2]


def _rows(file):
    with (ROOT / "db" / "data" / file).open(newline="") as stream:
        return list(csv.DictReader(stream))


# The sources that are shipped with ids or rules of their own; all others have the defaults.
SOURCES = [
    {"source": "alpaca", "id_scope": "exchange", "rule_set": "alpaca"},
    {"source": "polygon", "id_scope": "exchange", "rule_set": "massive"},
    {"source": "massive", "id_scope": "exchange", "rule_set": "massive"},
    {"source": "algoseek", "id_scope": "none", "rule_set": "algoseek"},
    *(
        {"source": name, "id_scope": "series", "rule_set": "all"}
        for name in ("kraken", "binance", "binance.agg", "coinbase", "bybit", "okx", "okx.all")
    ),
]
CATALOG = catalog.from_rows(1, SOURCES, _rows("rule_sets.csv"), _rows("bar_rules.csv"))


def catalog_with(version=1, **changes):
    """Returns the catalog with other facts of the source `sim`."""
    sources = CATALOG.sources | {"sim": catalog.Source("sim", **changes)}
    return catalog.Catalog(version, sources, CATALOG.rules)


def decoded(value, header=None, known=CATALOG):
    """Returns what a message holds, or why it holds nothing."""
    return decode_message(value, header, known)


def slowly(values, first=0, known=CATALOG):
    """Returns a slice decoded message by message."""
    return decode.decode_each(values, [None] * len(values), first, known, BATCH)


class Message:
    """A message with the methods of Kafka's."""

    def __init__(self, value, offset=0, *, topic="t", partition=0, key=None, headers=None):
        self._value, self._offset, self._key, self._headers = value, offset, key, headers
        self._topic, self._partition = topic, partition

    def __len__(self):
        return len(self._value or b"")

    def topic(self):
        return self._topic

    def partition(self):
        return self._partition

    def offset(self):
        return self._offset

    def key(self):
        return self._key

    def value(self):
        return self._value

    def headers(self):
        return self._headers


def trade(number=0, **changes):
    """Returns the value of a usual trade: one per second from 12:00:00, the id is the number.

    A number below zero is before that.
    """
    message = {
        "v": 1,
        "kind": "trade",
        "source": "sim",
        "symbol": "AAPL",
        "event_time": rfc3339(datetime(2026, 2, 27, 12, tzinfo=UTC) + timedelta(seconds=number)),
        "price": "100.25",
        "size": "10",
        "seq": max(number, 0),
        "dedupe_id": str(number),
    }
    return encoded(message | changes)


def quote(**changes):
    """Returns the value of a usual quote at 12:00:00."""
    message = {
        "v": 1,
        "kind": "quote",
        "source": "sim",
        "symbol": "EUR/USD",
        "event_time": "2026-02-27T12:00:00.000000Z",
        "bid": "1.10",
        "ask": "1.2",
        "dedupe_id": "x",
    }
    return encoded(message | changes)


def encoded(message):
    """Returns a message without the fields that are None."""
    return msgspec.json.encode({name: one for name, one in message.items() if one is not None})


def recent(number=0, **changes):
    """Returns the value of a usual trade of today: one per second, starting three hours ago."""
    return trade(number, event_time=rfc3339(RECENT + timedelta(seconds=number)), **changes)


def batch(values, *, first=0, topic="t", partition=0, now=NOW, number=None, known=CATALOG):
    """Returns a decoded batch of values or messages, at the offsets from `first` on.

    `number` is its id, by default one that no other has; `known` is the catalog.
    """
    messages = [
        value
        if isinstance(value, Message)
        else Message(value, offset, topic=topic, partition=partition)
        for offset, value in zip(itertools.count(first), values)
    ]
    made = Batch(next(_numbers) if number is None else number, known)
    positions = {}
    for message in messages:
        positions.setdefault((message.topic(), message.partition()), message.offset())
    made.add(messages, positions, 0.0)
    made.close(now)
    return made


def native(event):
    """Returns an event as a native message."""
    fraction = f"{event.ns:03d}" if event.ns else ""
    message = {
        "v": 1,
        "kind": kind_of(event),
        "source": event.source,
        "symbol": event.symbol,
        "event_time": f"{time_text(event.us)[:-1]}{fraction}Z",
        "dedupe_id": event.tick_id,
        "seq": event.seq,
        "exchange": event.exchange,
        "tape": event.tape,
        "conditions": event.conditions or None,
        "received_at": None if event.received_us is None else time_text(event.received_us),
        "flags": ["backfill"] if event.backfill else None,
    }
    for name in ("price", "size", "bid", "ask", "bid_size", "ask_size"):
        number = getattr(event, name, None)
        message[name] = None if number is None else format(number, "f")
    message["side"] = getattr(event, "side", None)
    return encoded(message)


# Events that can be stored.

printable = st.characters(exclude_categories=("C", "Zl", "Zp", "Zs"))
names = st.text(printable, min_size=1, max_size=20) | st.sampled_from(
    ["AAPL", "KRAKEN:BTC/USD", "a b", "back\\slash", r"\N", r"\.", "ÄÖ\u20ac", "\U0001f4c8" * 128]
)
# Sources are stored in lower case; ids of some are stored with their exchange.
sources = st.sampled_from(["sim", "kraken", "a b", r"\n", "ä\u20ac", "x" * 64])
ids = st.text(printable, min_size=1, max_size=20) | st.sampled_from(["0", r"\N", "a\\", "77001"])
instants = st.integers(0, (1 << 51) - 1)
positive = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places, context=WIDE),
    st.integers(1, 10**18) | st.integers(1, 10**40 - 1),
    st.integers(0, 18) | st.integers(0, 120),
)
prices = positive | st.just(Decimal(0)) | positive.map(Decimal.copy_negate)
sizes = st.none() | st.just(Decimal(0)) | positive
labels = st.none() | st.sampled_from(["V", "D", "C", "\\", "a b"])
conditions = st.lists(
    st.sampled_from(["@", " ", "I", "0x2000", '"', "\\", "a,b", "{", "NULL", ""]), max_size=4
).map(tuple)
common = {
    "tick_id": st.none() | ids,
    "seq": st.none() | st.integers(0, LARGEST_SEQUENCE),
    "ns": st.just(0) | st.integers(0, 999),
    "exchange": labels,
    "tape": labels,
    "conditions": conditions,
    "received_us": st.none() | instants,
    "backfill": st.booleans(),
}
trades = st.builds(
    Trade,
    instants,
    names,
    sources,
    prices,
    sizes,
    side=st.sampled_from([None, "buy", "sell"]),
    **common,
)
quotes = st.builds(
    Quote,
    instants,
    names,
    sources,
    st.none() | prices,
    st.none() | prices,
    sizes,
    sizes,
    **common,
).filter(lambda quote: quote.bid is not None or quote.ask is not None)
events = trades | quotes

# Messages that may be anything.

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10)
    | st.sampled_from(["1..2", "0", "", "NaN", "1e400", r"\N", "trade", "quote", "2026-02-27"])
)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=10,
)
SHAPES = [
    msgspec.json.decode(trade()),
    msgspec.json.decode(quote(bid="1", ask="2", flags=["backfill"])),
    {"s": "AAPL", "p": 1, "t": 1_772_193_900, "v": 1, "c": None},
    {"symbol": "AAPL", "price": 1, "volume": 1, "timestamp": 1_772_193_900, "trade_id": 5},
]
MARKERS = [
    {
        "v": 1, "kind": "feed", "state": "gap", "source": "sim", "session": "1", "symbol": "A",
        "event_kind": "trade", "since": "2026-02-27T12:00:00Z", "until": "2026-02-27T12:00:01Z",
        "first_id": "1", "last_id": "2", "reason": "ids jumped",
    },
    {
        "v": 1, "kind": "feed", "state": "heartbeat", "source": "sim", "session": "1",
        "until": "2026-02-27T12:00:00Z",
    },
    {
        "v": 1, "kind": "feed", "state": "start", "source": "sim", "session": "1", "symbol": "A",
        "event_kind": "trade", "since": "2026-02-27T12:00:00Z",
        "instrument": {"asset_class": "equity", "price_scale": 2, "calendar": "XNYS"},
    },
]  # fmt: skip
ITEMS = [
    {"symbol": "A/B", "price": 1, "qty": 1, "trade_id": 5, "timestamp": 1_772_193_900},
    {"symbol": "A/B", "bid": 1, "ask": 1, "last": 1, "timestamp": 1_772_193_900},
    SHAPES[2],
]


@st.composite
def odd(draw, shapes):
    """Returns a message of a known shape with up to two fields changed or left out."""
    message = dict(draw(st.sampled_from(shapes)))
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(sorted(message)))
        if draw(st.booleans()):
            message[name] = draw(json_values)
        elif len(message) > 1:
            del message[name]
    return message


def _framed(items, frame):
    return {**frame, "data": items}


odd_messages = odd(
    [*SHAPES, *MARKERS, *chain.from_iterable(samples.WITH_EVENTS.values())]
) | st.builds(
    _framed,
    st.lists(odd(ITEMS), max_size=3),
    st.sampled_from(
        [
            {"type": "trade"},
            {"channel": "trade", "type": "update"},
            {"channel": "ticker", "type": "snapshot"},
        ]
    ),
)
