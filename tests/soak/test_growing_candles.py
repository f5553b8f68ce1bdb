"""Candles that were shown stay: no candle ever has fewer trades than an earlier read of it showed.

The database refreshes by itself meanwhile, as the jobs of Community or the loader's timer do.
"""

import os
import threading
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import psycopg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from db import edition
from db.candles import verify as verifying
from ingest.loader.maintenance import Maintenance
from ingest.store.store import opened
from tests import support
from tests.soak.life import KEEP, Life, quiet_bar
from tests.soak.test_sequences import DAYS, drawn_ticks

EXAMPLES = max(1, int(os.environ.get("SOAK_EXAMPLES", "16")) // 15)
PROMISED_SECONDS = 60.0
# One statement, so that all levels are read at one moment.
COUNTS = """
select string_agg(
    format(
        'select %1$L as relation, bucket, symbol, source, tick_count from market.%1$I', relation
    ),
    ' union all '
)
from ops.lifecycle
where kind = 'trades' and child is not null and not live
"""

drawn_steps = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.lists(drawn_ticks, min_size=1, max_size=8)),
        st.tuples(st.just("fill"), st.sampled_from(DAYS)),
        st.tuples(st.just("live"), st.integers(1, 50)),
        st.tuples(st.just("crash"), st.lists(drawn_ticks, min_size=1, max_size=8)),
        st.tuples(st.just("insert_late"), st.lists(drawn_ticks, min_size=1, max_size=2)),
        st.tuples(st.just("wait"), st.sampled_from([1.0, 4.0])),
        st.tuples(st.sampled_from(["compress", "retain", "forget"]), st.none()),
    ),
    min_size=3,
    max_size=10,
)


class Running(Life):
    """A store whose candles follow by themselves."""

    def live(self, count: int) -> None:
        """Inserts trades of this moment."""
        now = datetime.now(UTC)
        since_midnight = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
        self.today = now - since_midnight
        minute, rest = divmod(since_midnight.total_seconds(), 60)
        self.insert([
            (0, int(minute), int(rest * 1_000_000), "AB"[number % 2], "sim", number)
            for number in range(count)
        ])  # fmt: skip

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def forget(self, _: None) -> None:
        """Turns retention off."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(KEEP.replace("'12 days'", "null"))


class Reader:
    """Reads all candles again and again, and notes those that have lost trades."""

    def __init__(self, url: str) -> None:
        self.lost: list[str] = []
        self.reads = 0
        self._url = url
        self._most: dict[tuple[object, ...], int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as conn:
            query = conn.execute(COUNTS).fetchone()
            assert query is not None
            stopped = False
            while not stopped:
                stopped = self._stop.wait(0.05)  # one more read at the end
                found = {tuple(row[:4]): row[4] for row in conn.execute(query[0]).fetchall()}
                for candle, most in self._most.items():
                    if found.get(candle, 0) < most:
                        self.lost.append(f"{candle}: {most}, then {found.get(candle)}")
                self._most |= found
                self.reads += 1


def pending(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as conn:
        return conn.execute("select * from market.pending()").fetchall()


def job_runs(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as conn:
        if edition.kind_of(conn) == "apache":
            return []
        return conn.execute(
            "select proc_name, stats::text from timescaledb_information.jobs"
            " inner join timescaledb_information.job_stats as stats using (job_id)"
            " where proc_schema = 'ops'"
        ).fetchall()


def schedule_refreshes(url: str) -> None:
    """Schedules the job of Community, which clones have switched off."""
    with psycopg.connect(url, autocommit=True) as conn:
        if edition.kind_of(conn) == "community":
            conn.execute(
                "select alter_job(job_id, scheduled => true) from timescaledb_information.jobs"
                " where proc_schema = 'ops' and proc_name = 'refresh_candles'"
            )


def failures(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as conn:
        if edition.kind_of(conn) == "apache":
            return []
        return conn.execute(
            "select job_id, total_failures from timescaledb_information.job_stats"
            " where total_failures > 0"
        ).fetchall()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],  # to shrink would take a minute per attempt
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=drawn_steps)
def test_no_candle_ever_loses_a_trade(database, template, steps):
    with support.database_like(database.url, template) as url, opened(url) as store:
        schedule_refreshes(url)
        life = Running(url, store)
        try:
            with Maintenance(url), Reader(url) as reader:
                life.live(20)
                for name, argument in steps:
                    getattr(life, name)(argument)
                committed = time.monotonic()
                while pending(url):
                    assert time.monotonic() - committed < PROMISED_SECONDS, (
                        pending(url),
                        job_runs(url),
                    )
                    time.sleep(0.2)
            assert reader.lost == []
            assert reader.reads > 0
            found = verifying.verify(url, quiet_bar, patience=PROMISED_SECONDS)
            assert (found.wrong, found.pending) == (0, 0), list(map(str, found.first))
            assert failures(url) == []
        finally:
            life.store.close()
