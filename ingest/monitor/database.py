"""Reads the state of the database every ten seconds, over a connection of its own.

A server that hangs, or a network that drops what is sent, ends a reading within seconds.
"""

import logging
import time
from collections.abc import Callable

from db.connect import DatabaseAway, DatabaseRefused
from ingest.monitor.connection import ROLE, Connection
from ingest.monitor.database_gauges import FACTS, STATE
from ingest.monitor.gauges import Reading, Samples
from ingest.monitor.parts import CANDLES, PARTS, REPLICAS, WAL, Part, reading_of, total
from ingest.monitor.staleness import Level, Staleness
from ingest.monitor.watch import Watch

logger = logging.getLogger(__name__)

READ_SECONDS = 10.0  # between two readings
SHOWN_SECONDS = 60.0  # age at which a reading is not shown any more
SHARE = 20  # a part waits for so many times as long as it took


class DatabaseWatch(Watch):
    """The thread, and the gauges that it sets.

    `refreshed_at` says when this process has refreshed candles, None if it never does.
    """

    def __init__(
        self,
        database_url: str,
        disk_bytes: int = 0,
        refreshed_at: Callable[[], float | None] = lambda: None,
    ) -> None:
        super().__init__("database", READ_SECONDS, STATE, FACTS)
        self._connection = Connection(database_url)
        self._disk_bytes = disk_bytes
        self._refreshed_at = refreshed_at
        self._due: dict[str, float] = {}  # when to read a part again, on the monotonic clock
        self._read: dict[str, Reading] = {}
        self._missing: set[str] = set()
        self._staleness = Staleness()

    def leave(self) -> None:
        """Breaks the connection."""
        self._connection.leave()

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def read(self) -> None:
        """Reads the parts that are due; raises DatabaseAway or DatabaseRefused."""
        started = time.monotonic()
        try:
            self._connection.check()
            self._read_parts()
        except BaseException:
            self._connection.close()
            raise
        self._put(time.monotonic() - started)

    def _read_parts(self) -> None:
        [(may_see_replicas, may_see_wal)] = self._connection.run("may_monitor")
        hidden = {REPLICAS: not may_see_replicas, WAL: not may_see_wal}
        for part in PARTS:
            started = time.monotonic()
            if hidden.get(part):
                self._miss(part)
            elif started >= self._due.get(part.name, 0.0):
                self._read_part(part)
                took = time.monotonic() - started
                # A little early: the next reading is to find it due.
                self._due[part.name] = started + max(part.seconds - 1.0, SHARE * took)

    def _read_part(self, part: Part) -> None:
        try:
            rows = self._connection.run(part.name, None if part.as_login else ROLE)
        except (DatabaseAway, DatabaseRefused) as error:
            if self._connection.is_broken():
                raise
            self._miss(part)
            logger.debug("not read", extra={"part": part.name, "reason": str(error)})
            return
        self._missing.discard(part.name)
        if part is CANDLES:
            levels = [Level(*row) for row in rows]
            self._read[part.name] = self._staleness.reading(levels, time.time())
        else:
            self._read[part.name] = reading_of(rows)

    def _miss(self, part: Part) -> None:
        self._missing.add(part.name)
        self._read.pop(part.name, None)

    def _put(self, seconds: float) -> None:
        found: dict[str, Samples] = {}
        for reading in self._read.values():
            found |= reading
        found["stockpulse_database_read_seconds"] = [((), seconds)]
        found["stockpulse_database_facts_missing"] = [
            ((part.name,), float(part.name in self._missing)) for part in PARTS
        ]
        if refreshed_at := self._refreshed_at():
            found["stockpulse_refresher_last_run_timestamp_seconds"] = [((), refreshed_at)]
        if self._disk_bytes:
            found |= disk(found, self._disk_bytes)
        self.facts.put("facts", found, SHOWN_SECONDS)


def disk(found: Reading, disk_bytes: int) -> Reading:
    """Returns the size of the disk, and the days until it is full if the database grows."""
    reading: dict[str, Samples] = {"stockpulse_disk_bytes": [((), float(disk_bytes))]}
    used = total(found, "stockpulse_database_bytes")
    per_day = total(found, "stockpulse_database_growth_bytes_per_day")
    if used is not None and per_day is not None and per_day > 0:
        free = disk_bytes - used - (total(found, "stockpulse_wal_bytes") or 0.0)
        reading["stockpulse_disk_full_days"] = [((), max(0.0, free / per_day))]
    return reading
