"""Bars that are queued in a database: made due, and read back as people would compare them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import psycopg

from ingest.formats.times import rfc3339
from tests.ingest import made
from tests.ingest.store.late import store_without_flushing

# For tests that run a publisher: it forgets what is older than a week.
HOUR = (datetime.now(UTC) - timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
SINCE = datetime(2026, 2, 27, 9, tzinfo=UTC)
GRACE = "2 seconds"
FIELDS = ("open", "high", "low", "close", "volume", "vwap")


def start(url, since=SINCE):
    """Lets bars be published, as the first publisher does."""
    with psycopg.connect(url, options="-c role=stockpulse_loader") as conn:
        conn.execute("lock table ops.kafka_offsets in share row exclusive mode")
        conn.execute("select ops.start_bars(%s)", [since])


def queue(url, grace=GRACE):
    """Queues all bars that are due; returns the messages queued, in the order of sending."""
    with psycopg.connect(url, autocommit=True, options="-c role=stockpulse_loader") as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        last = conn.execute("select coalesce(max(place), 0) from ops.published_bars").fetchone()
        while conn.execute("select ops.queue_bars(%s)", [grace]).fetchone() != (None,):
            pass
        found = conn.execute(
            "select message from ops.published_bars where place > %s order by place", last
        )
        return [message for (message,) in found]


def recent(number, **changes):
    """Returns the value of a usual trade, so many seconds after HOUR."""
    return made.trade(number, event_time=rfc3339(HOUR + timedelta(seconds=number)), **changes)


def store_recent(url, values, first=0):
    """Stores values at the offsets from `first` on."""
    store_without_flushing(url, made.batch(values, first=first, now=datetime.now(UTC)))


def minute(number):
    """Returns the start of a minute after HOUR as a message has it."""
    return f"{HOUR + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}"


def bars(messages):
    """Returns (symbol, minute, revision, close, tick_count) of each message."""
    return [
        (
            bar["symbol"],
            bar["bar_start"][11:16],
            bar["revision"],
            bar.get("close"),
            bar["tick_count"],
        )
        for bar in map(msgspec.json.decode, messages)
    ]


def values_of(message):
    """Returns the values of a message as a row of market.candles_1m has them."""
    bar = msgspec.json.decode(message)
    start_at = datetime.fromisoformat(bar["bar_start"])
    numbers = [Decimal(bar[name]) if name in bar else None for name in FIELDS]
    return (start_at, bar["symbol"], bar["source"], *numbers, bar["tick_count"])


def candles(query):
    """Returns the values of all candles of a minute, in the order of sending."""
    names = ", ".join(FIELDS)
    return query(
        f"select bucket, symbol, source, {names}, tick_count from market.candles_1m"
        " order by bucket, symbol, source"
    )
