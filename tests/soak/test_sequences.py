"""Any sequence of events in a tick store ends with candles that equal their trades."""

import os
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.candles import refresh as refreshing
from db.candles import verify as verifying
from db.connect import DatabaseAway
from ingest.formats.times import rfc3339
from ingest.store import transaction
from ingest.store.store import Store, opened
from tests import support
from tests.db.support import retain
from tests.ingest import made

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "30")) // 2
DAYS = (25, 13, 9, 3, 1)  # ago; trades are kept for 12 once `retain` runs
KEEP = "update ops.lifecycle set keep = '12 days' where relation = 'trades'"


def quiet_bar(_what, _total, _unit):
    return nullcontext(lambda _done: None)


# Few days, minutes and ids, so that ticks meet, tie and come again.
drawn_ticks = st.tuples(
    st.sampled_from(DAYS),
    st.sampled_from([0, 1, 59, 60, 719, 720, 1439]),  # minute of the day
    st.sampled_from([0, 1, 59_999_999]),  # microsecond of the minute
    st.sampled_from("AB"),
    st.sampled_from(["sim", "new"]),
    st.integers(0, 2),  # number among those of one instant, and its id
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.lists(drawn_ticks, min_size=1, max_size=8)),
        st.tuples(st.just("fill"), st.sampled_from([25, 16])),
        st.tuples(st.just("crash"), st.lists(drawn_ticks, min_size=1, max_size=8)),
        st.tuples(st.just("insert_late"), st.lists(drawn_ticks, min_size=1, max_size=2)),
        st.tuples(st.just("correct"), st.lists(drawn_ticks, min_size=1, max_size=3)),
        st.tuples(st.just("cancel"), st.lists(drawn_ticks, min_size=1, max_size=3)),
        st.tuples(st.just("refresh"), st.sampled_from([False, True])),
        st.tuples(st.sampled_from(["compress", "retain"]), st.none()),
    ),
    min_size=2,
    max_size=8,
)


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
            levels = conn.execute("select ops.relation_of(relation)::text from ops.lifecycle")
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


def wrong(url):
    """Returns the candles that are wrong and that no refresh is due to correct."""
    found = verifying.verify(url, quiet_bar)
    return [str(difference) for difference in found.first if not difference.pending]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_any_sequence_of_events_ends_with_exact_candles(database, template, steps):
    with support.database_like(database.url, template) as url, opened(url) as store:
        life = Life(url, store)
        try:
            for name, argument in steps:
                getattr(life, name)(argument)
                assert wrong(url) == []
            life.refresh(False)
            found = verifying.verify(url, quiet_bar)
            assert (found.wrong, found.pending) == (0, 0), list(map(str, found.first))
        finally:
            life.store.close()
