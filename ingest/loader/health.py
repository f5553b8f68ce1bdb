"""Whether the loader can store anything, from what it does and what its monitor has read."""

import time
from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ingest.loader.progress import REASONS, Progress, Reason, Waiting, reason_of
from ingest.monitor.broker import BrokerWatch
from ingest.monitor.database import DatabaseWatch

PATIENCE_SECONDS = 30.0  # for what it waits for
TURN_SECONDS = 60.0  # its loop turns about once per second

_LACKS: dict[Reason, str] = {
    "database": "the database",
    "lock": "a lock that another session holds",
    "disk": "space on the disk of the database",
    "memory": "memory of the database",
    "connections": "a free connection to the database",
    "broker": "the broker",
    "topic": "a topic",
}


class Health:
    """Causes for which the loader waits, and whether that has taken too long."""

    def __init__(
        self,
        progress: Progress,
        database: DatabaseWatch,
        broker: BrokerWatch,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.progress = progress
        self._database = database
        self._broker = broker
        self._clock = clock

    def fault(self) -> str | None:
        """Returns why nothing can be stored, in one line; None: all is well."""
        now = self._clock()
        for waiting in self.waits():
            seconds = now - waiting.since
            if seconds > PATIENCE_SECONDS:
                text = " ".join(waiting.text.split())
                return f"waiting for {_LACKS[waiting.reason]} for {seconds:.0f} s: {text}"
        turned_at = self.progress.turned_at
        if turned_at is not None and now - turned_at > TURN_SECONDS:
            return f"nothing is stored: the loader has not gone on for {now - turned_at:.0f} s"
        return None

    def waits(self) -> list[Waiting]:
        """Returns what the loader waits for, one per reason, the longest wait first."""
        found: dict[Reason, Waiting] = {}
        for waiting in (self.progress.waiting(), self._for_database(), *self._for_broker()):
            if waiting and (
                waiting.reason not in found or waiting.since < found[waiting.reason].since
            ):
                found[waiting.reason] = waiting
        return sorted(found.values(), key=lambda waiting: waiting.since)

    def _for_database(self) -> Waiting | None:
        """Returns what the monitor has met, unless the loader has stored something since."""
        away = self._database.away
        committed_at = self.progress.committed_at
        if away is None or (committed_at and committed_at > away.since):
            return None
        return Waiting(reason_of(away.error), away.since, str(away.error))

    def _for_broker(self) -> Iterator[Waiting]:
        if away := self._broker.away:
            yield Waiting("broker", away.since, str(away.error))
        if missing := self._broker.missing:
            yield Waiting("topic", missing.since, str(missing.error))


class State(Collector):
    """Gauges of what the loader does."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yields the gauges; the time of the last commit once there is one."""
        progress, waits = self._health.progress, self._health.waits()
        waiting = GaugeMetricFamily(
            "stockpulse_loader_waiting",
            "Whether the loader waits for this, and stores nothing meanwhile.",
            labels=["reason"],
        )
        for reason in REASONS:
            waiting.add_metric([reason], any(one.reason == reason for one in waits))
        yield waiting
        yield GaugeMetricFamily(
            "stockpulse_loader_waiting_since_timestamp_seconds",
            "Since when the loader waits, in Unix seconds; 0: it does not.",
            waits[0].since if waits else 0,
        )
        yield GaugeMetricFamily(
            "stockpulse_loader_assigned_partitions",
            "Partitions that Kafka has assigned to this loader.",
            progress.partitions,
        )
        committed = GaugeMetricFamily(
            "stockpulse_loader_last_commit_timestamp_seconds",
            "Time of the last commit, in Unix seconds; absent before the first.",
        )
        if progress.committed_at is not None:
            committed.add_metric([], progress.committed_at)
        yield committed
