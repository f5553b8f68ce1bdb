"""Ticks and messages, drawn by hypothesis or made one by one, and batches of them."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal

import msgspec
from hypothesis import strategies as st

from ingest.batch.batch import Batch
from ingest.formats.tick import Tick
from ingest.formats.times import OLDEST, rfc3339, time_text

NOW = datetime(2026, 2, 27, 15, tzinfo=UTC)
# For tests that run the whole loader: on the Apache-2 edition it drops old ticks.
RECENT = datetime.now(UTC) - timedelta(hours=3)
LEAST, MOST = Decimal("1e-20"), Decimal("99999999999999999999.99999999999999999999")
WIDE = Context(prec=60)


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
    """Returns the value of a usual trade: one per second from 12:00:00, the id is the number."""
    message = {
        "v": 1,
        "kind": "trade",
        "source": "sim",
        "symbol": "AAPL",
        "event_time": rfc3339(datetime(2026, 2, 27, 12, tzinfo=UTC) + timedelta(seconds=number)),
        "price": "100.25",
        "size": "10",
        "seq": number,
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


def batch(values, *, first=0, topic="t", partition=0, floor=OLDEST, now=NOW):
    """Returns a decoded batch of values or messages, at the offsets from `first` on."""
    messages = [
        value
        if isinstance(value, Message)
        else Message(value, offset, topic=topic, partition=partition)
        for offset, value in zip(itertools.count(first), values)
    ]
    made = Batch()
    positions = {}
    for message in messages:
        positions.setdefault((message.topic(), message.partition()), message.offset())
    made.add(messages, positions, 0.0)
    made.close(now, floor)
    return made


def native(tick):
    """Returns a tick as a native message."""
    kind = "trade" if tick.bid is None else "quote"
    message = {
        "v": 1,
        "kind": kind,
        "source": tick.source,
        "symbol": tick.symbol,
        "event_time": time_text(tick.us),
    }
    for name in ("price", "size", "bid", "ask"):
        number = getattr(tick, name)
        if number is not None and (kind == "trade" or name != "price"):
            message[name] = format(number, "f")
    if tick.tick_id is not None:
        message["dedupe_id"] = tick.tick_id
    if tick.seq is not None:
        message["seq"] = tick.seq
    return msgspec.json.encode(message)


# Ticks that can be stored.

printable = st.characters(exclude_categories=("C", "Zl", "Zp", "Zs"))
names = st.text(printable, min_size=1, max_size=64) | st.sampled_from(
    ["AAPL", "KRAKEN:BTC/USD", "a b", "back\\slash", r"\N", r"\.", "ÄÖ\u20ac", "\U0001f4c8"]
)
# Quotes of trading venues are stored under another source, see quotes.py.
sources = names.filter(lambda name: name not in ("alpaca", "binance", "finnhub", "kraken", "yahoo"))
ids = st.text(printable, min_size=1, max_size=200) | st.sampled_from(["0", r"\N", "a\\"])
instants = st.integers(0, (1 << 51) - 1)
prices = st.decimals("1e-20", "1e20", allow_nan=False, allow_infinity=False).map(
    lambda number: min(max(number.quantize(Decimal("1e-20"), context=WIDE), LEAST), MOST)
) | st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(1, 10**18),
    st.integers(0, 18),
)
sizes = st.none() | st.just(Decimal(0)) | prices
sequences = st.none() | st.integers(-(2**63), 2**63)

trades = st.builds(
    Tick, instants, names, sources, prices, sizes, tick_id=st.none() | ids, seq=sequences
)


def _quote(us, symbol, source, bid, ask, tick_id, seq):
    mid = WIDE.multiply(WIDE.add(bid, ask), Decimal("0.5"))
    return Tick(us, symbol, source, mid, None, bid, ask, tick_id, seq)


quotes = st.builds(_quote, instants, names, sources, prices, prices, st.none() | ids, sequences)
ticks = trades | quotes

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
    {"symbol": "AAPL", "price": 1, "volume": 1, "timestamp": 1_772_193_900},
]
ITEMS = [
    {"symbol": "A/B", "price": 1, "qty": 1, "trade_id": 5, "timestamp": 1_772_193_900},
    {"symbol": "A/B", "bid": 1, "ask": 1, "timestamp": 1_772_193_900},
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


odd_messages = odd(SHAPES) | st.builds(
    _framed,
    st.lists(odd(ITEMS), max_size=3),
    st.sampled_from([{"type": "trade"}, {"channel": "trade"}, {"channel": "ticker"}]),
)
