"""A tick store that random operations are applied to."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import msgspec
import psycopg
import pytest

from db.candles import refresh as refreshing
from db.connect import DatabaseAway
from ingest.formats.times import rfc3339
from ingest.store import transaction
from ingest.store.store import Store
from tests.db.support import retain
from tests.ingest import made

KEEP = "update ops.lifecycle set keep = '12 days' where relation = 'trades'"


def quiet_bar(_what, _total, _unit):
    return nullcontext(lambda _done: None)


class Life:
    """A database, and the Kafka partition that feeds it."""

    def __init__(self, url, store):
        self.url = url
        self.store = store
        self.offset = 0
        self.today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        store.add_offsets(("t", 0), 0, "cluster", None)

    def insert(self, ticks, **changes):
        batch = made.batch(
            [self._message(*tick, **changes) for tick in ticks],
            first=self.offset,
            known=self.store.catalog,
            now=datetime.now(UTC),
        )
        stored = self.store.store(batch)
        assert set(stored.rejects) <= {"too late"}
        assert stored.messages == len(ticks)
        self.offset += len(ticks)

    def fill(self, days):
        """Inserts a whole day: enough for a refresh to store its candles in the columnstore."""
        moments = [(minute, second * 1_000_000) for minute in range(1440) for second in (0, 30)]
        self.insert([(days, *moment, symbol, "sim", 0) for moment in moments for symbol in "AB"])

    def insert_late(self, ticks):
        """Inserts late ticks among live ones, which are flushed by the next loader."""
        self.store.flush_late = lambda: None
        self.insert([*((0, 0, number, "A", "sim", number) for number in range(20)), *ticks])
        self.store.close()
        self.store = Store(self.url)
        self.store.flush_late()

    def crash(self, ticks):
        """Ends the connection after the ticks are copied; they are then stored again."""
        add_batch = transaction.add_batch

        def end_first(conn, *facts):
            with psycopg.connect(self.url, autocommit=True) as other:
                other.execute("select pg_terminate_backend(%s)", [conn.info.backend_pid])
            add_batch(conn, *facts)

        with patch.object(transaction, "add_batch", end_first), pytest.raises(DatabaseAway):
            self.insert(ticks)
        self.store = Store(self.url)
        self.insert(ticks)

    def correct(self, ticks):
        self.insert(ticks, price="77.7", size="3", flags=["correction"])

    def cancel(self, ticks):
        self.insert(ticks, flags=["cancel"])

    def refresh(self, force):
        refreshing.refresh(self.url, quiet_bar, force=force)

    def compress(self, _):
        with psycopg.connect(self.url, autocommit=True) as conn:
            if conn.execute("show timescaledb.license").fetchone() == ("apache",):
                return
            conn.execute("set role stockpulse_owner")
            levels = conn.execute("select ops.store_of(relation)::text from ops.lifecycle")
            for (relation,) in levels.fetchall():
                chunks = conn.execute("select show_chunks(%s::regclass)::text", [relation])
                for (chunk,) in chunks.fetchall():
                    conn.execute(
                        "call convert_to_columnstore(%s::regclass, if_not_columnstore => true)",
                        [chunk],
                    )

    def retain(self, _):
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(KEEP)
        retain(self.url)

    def _message(self, days, minute, microsecond, symbol, source, number, **changes):
        moment = self.today - timedelta(days=days)
        moment += timedelta(minutes=minute, microseconds=microsecond)
        message = {
            "v": 1,
            "kind": "trade",
            "source": source,
            "symbol": symbol,
            "event_time": rfc3339(moment),
            "price": f"{100 + number}.{minute % 10}",
            "size": str(number + 1) if source == "sim" else None,
            "seq": number,
            "dedupe_id": str(number),
        }
        return msgspec.json.encode(
            {name: value for name, value in (message | changes).items() if value is not None}
        )
