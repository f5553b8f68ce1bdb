"""Bars that are queued in a database: made due, and read back as people would compare them."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import psycopg

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
